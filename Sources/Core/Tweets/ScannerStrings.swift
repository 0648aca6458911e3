/// A string of a body, checked: where it stands between its quotes and whether it has escapes. Small, to travel in
/// registers.
struct Text {
    private let first: UInt32
    private let last: UInt32
    /// Without escapes its bytes are the text.
    let isEscaped: Bool

    init(_ range: Range<Int>, isEscaped: Bool) {
        first = UInt32(truncatingIfNeeded: range.lowerBound)
        last = UInt32(truncatingIfNeeded: range.upperBound)
        self.isEscaped = isEscaped
    }

    var start: Int { @inline(always) get { Int(first) } }
    var end: Int { @inline(always) get { Int(last) } }
    var range: Range<Int> { @inline(always) get { start..<end } }
    var count: Int { @inline(always) get { end &- start } }
}

extension Scanner {
    /// Reads a string whose opening quote stands just before `at`, up to and with its closing quote.
    mutating func string() throws(TweetError) -> Text {
        let start = at
        var isEscaped = false
        var seen = SIMD16<UInt8>(repeating: 0)
        while true {
            skipPlain(&seen)
            guard at < source.count else { throw TweetError(.unterminated, at: at) }
            let byte = source[at]
            if byte == UInt8(ascii: "\"") { break }
            guard byte == UInt8(ascii: "\\") else { throw TweetError(.control, at: at) }
            isEscaped = true
            at += try escape(at: at).length
        }
        let text = Text(start..<at, isEscaped: isEscaped)
        at += 1
        if firstMark(seen) < 16 { try checkUTF8(text.range) }
        return text
    }

    /// Reads a string of at most eight bytes of plain ASCII, as nearly all short ones are; nil, and nothing read, for
    /// any other.
    /// - Returns: its bytes, the first the lowest, and how many they are.
    @inline(always)
    mutating func shortString() -> (word: UInt64, count: Int)? {
        let bytes = source.padded16(at)
        let place = firstMark(stringMarks(bytes) | bytes)
        guard place <= 8, at + place < source.count, source[at + place] == UInt8(ascii: "\"") else { return nil }
        at += place + 1
        let word = unsafe unsafeBitCast(bytes, to: SIMD2<UInt64>.self)[0]
        return (place == 8 ? word : word & (1 << UInt64(8 * place) - 1), place)
    }

    /// Skips up to the next quote, backslash or control character, or to the end, sixteen bytes a step. Adds to
    /// `seen` the bits of the bytes, and maybe of some behind them: its top bits tell whether there is more than
    /// ASCII.
    @inline(always)
    private mutating func skipPlain(_ seen: inout SIMD16<UInt8>) {
        while true {
            let bytes = source.padded16(at)
            seen |= bytes
            let place = firstMark(stringMarks(bytes))
            at += place
            // The zeros behind the end are control characters.
            if place < 16 { return }
        }
    }

    /// Sets the top bit of each byte that is a quote, a backslash or a control character.
    ///
    /// Written as differences, which the compiler keeps in vector registers, where comparisons become loops: below a
    /// bound, or equal, the difference of an ASCII byte wraps and sets the top bit.
    @inline(always)
    private func stringMarks(_ bytes: SIMD16<UInt8>) -> SIMD16<UInt8> {
        ((bytes &- 0x20) | ((bytes ^ 0x22) &- 1) | ((bytes ^ 0x5c) &- 1)) & ~bytes
    }

    /// Reads the escape whose backslash stands at a place: the scalar that it means and its length in bytes.
    @inline(always)
    func escape(at place: Int) throws(TweetError) -> (scalar: UInt32, length: Int) {
        if place + 6 <= source.count, source[place + 1] == UInt8(ascii: "u"),
            let unit = number(ofFourDigits: source.load4(place + 2)), unit & 0xf800 != 0xd800
        {
            return (unit, 6)
        }
        return try otherEscape(at: place)
    }

    /// One of a single letter, a pair of surrogates, or none at all.
    private func otherEscape(at place: Int) throws(TweetError) -> (scalar: UInt32, length: Int) {
        guard place + 1 < source.count else { throw TweetError(.unterminated, at: place) }
        switch source[place + 1] {
        case UInt8(ascii: "\""): return (0x22, 2)
        case UInt8(ascii: "\\"): return (0x5c, 2)
        case UInt8(ascii: "/"): return (0x2f, 2)
        case UInt8(ascii: "b"): return (0x08, 2)
        case UInt8(ascii: "f"): return (0x0c, 2)
        case UInt8(ascii: "n"): return (0x0a, 2)
        case UInt8(ascii: "r"): return (0x0d, 2)
        case UInt8(ascii: "t"): return (0x09, 2)
        case UInt8(ascii: "u"): break
        default: throw TweetError(.escape, at: place)
        }
        let high = try codeUnit(at: place)
        guard high < 0xdc00, place + 7 < source.count, source[place + 6] == UInt8(ascii: "\\"),
            source[place + 7] == UInt8(ascii: "u")
        else { throw TweetError(.surrogate, at: place) }
        let low = try codeUnit(at: place + 6)
        guard low & 0xfc00 == 0xdc00 else { throw TweetError(.surrogate, at: place) }
        return (0x10000 + (high & 0x3ff) << 10 + low & 0x3ff, 12)
    }

    /// The four hexadecimal digits behind the `\u` at a place.
    @inline(always)
    private func codeUnit(at place: Int) throws(TweetError) -> UInt32 {
        guard place + 6 <= source.count, let unit = number(ofFourDigits: source.load4(place + 2)) else {
            throw TweetError(.escape, at: place)
        }
        return unit
    }
}
