/// A string of a body, checked: where it stands between its quotes and whether it has escapes. Small, to travel in registers.
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

    var start: Int { Int(first) }
    var end: Int { Int(last) }
    var range: Range<Int> { start..<end }
    var count: Int { end - start }
}

extension Scanner {
    /// Reads a string whose opening quote stands just before `at`, up to and with its closing quote.
    mutating func string() throws(Flaw) -> Text {
        let start = at
        var isEscaped = false
        var seen = SIMD16<UInt8>(repeating: 0)
        while true {
            skipPlain(&seen)
            guard at < source.count else { throw Flaw(position: at, complaint: .unterminated) }
            let byte = source[at]
            if byte == UInt8(ascii: "\"") { break }
            guard byte == UInt8(ascii: "\\") else { throw Flaw(position: at, complaint: .control) }
            isEscaped = true
            at += try escape(at: at).length
        }
        let text = Text(start..<at, isEscaped: isEscaped)
        at += 1
        if firstMark(seen) < 16 { try checkUTF8(text.range) }
        return text
    }

    /// Reads a string that is at most 15 bytes long and plain ASCII, as nearly all short ones are; nil, and nothing read, for any other.
    @inline(always)
    mutating func shortString() -> Text? {
        guard at + 16 <= source.count else { return nil }
        let bytes = source.load16(at)
        let place = firstMark(stringMarks(bytes) | bytes)
        guard place < 16, source[at + place] == UInt8(ascii: "\"") else { return nil }
        let text = Text(at..<at + place, isEscaped: false)
        at += place + 1
        return text
    }

    /// Skips up to the next quote, backslash or control character, sixteen bytes a step. Adds to `seen` the bits of the bytes, and maybe
    /// of some behind them: its top bits tell whether there is more than ASCII.
    @inline(always)
    private mutating func skipPlain(_ seen: inout SIMD16<UInt8>) {
        while at + 16 <= source.count {
            let bytes = source.load16(at)
            seen |= bytes
            let place = firstMark(stringMarks(bytes))
            at += place
            if place < 16 { return }
        }
        while at < source.count {
            let byte = source[at]
            if byte < 0x20 || byte == 0x22 || byte == 0x5c { return }
            seen[0] |= byte
            at += 1
        }
    }

    /// Sets the top bit of each byte that is a quote, a backslash or a control character.
    ///
    /// Written as differences, which the compiler keeps in vector registers, where comparisons become loops: below a bound, or equal, the
    /// difference of an ASCII byte wraps and sets the top bit.
    @inline(always)
    private func stringMarks(_ bytes: SIMD16<UInt8>) -> SIMD16<UInt8> {
        ((bytes &- 0x20) | ((bytes ^ 0x22) &- 1) | ((bytes ^ 0x5c) &- 1)) & ~bytes
    }

    /// Reads the escape whose backslash stands at a place: the scalar that it means and its length in bytes.
    func escape(at place: Int) throws(Flaw) -> (scalar: UInt32, length: Int) {
        guard place + 1 < source.count else { throw Flaw(position: place, complaint: .unterminated) }
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
        default: throw Flaw(position: place, complaint: .escape)
        }
        let unit = try codeUnit(at: place)
        guard unit & 0xf800 == 0xd800 else { return (unit, 6) }
        guard unit < 0xdc00, place + 7 < source.count, source[place + 6] == UInt8(ascii: "\\"),
            source[place + 7] == UInt8(ascii: "u")
        else { throw Flaw(position: place, complaint: .surrogate) }
        let low = try codeUnit(at: place + 6)
        guard low & 0xfc00 == 0xdc00 else { throw Flaw(position: place, complaint: .surrogate) }
        return (0x10000 + (unit & 0x3ff) << 10 + low & 0x3ff, 12)
    }

    /// The four hexadecimal digits behind the `\u` at a place.
    @inline(always)
    private func codeUnit(at place: Int) throws(Flaw) -> UInt32 {
        guard place + 6 <= source.count, let unit = number(ofFourDigits: source.load4(place + 2)) else {
            throw Flaw(position: place, complaint: .escape)
        }
        return unit
    }
}
