/// A string of a body, checked: where it stands between its quotes and what is in it.
struct Text {
    var start = 0
    var end = 0
    /// Unicode scalars after unescaping.
    var scalars = 0
    /// Without escapes its bytes are the text.
    var isEscaped = false

    var range: Range<Int> { start..<end }
    var count: Int { end - start }
}

extension Scanner {
    /// Reads a string whose opening quote stands just before `at`, up to and with its closing quote.
    mutating func string() throws(Flaw) -> Text {
        let start = at
        // Bytes that are no scalar of their own: of each sequence all but one.
        var surplus = 0
        var isEscaped = false
        while true {
            skipPlain()
            guard at < source.count else { throw Flaw(position: at, complaint: .unterminated) }
            let byte = source[at]
            if byte == UInt8(ascii: "\"") {
                at += 1
                let end = at - 1
                return Text(start: start, end: end, scalars: end - start - surplus, isEscaped: isEscaped)
            }
            if byte >= 0x80 {
                surplus += try multibyte()
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
                let length = try escape(at: at).length
                at += length
                surplus += length - 1
            } else {
                throw Flaw(position: at, complaint: .control)
            }
        }
    }

    /// Skips ASCII that is neither quote nor backslash nor control character: sixteen bytes a step.
    @inline(__always)
    private mutating func skipPlain() {
        while at + 16 <= source.count {
            let bytes = source.load16(at)
            // Written as sums, which the compiler keeps in vector registers, where comparisons become loops: below a bound,
            // or equal, the difference wraps and sets the top bit. Bytes from 0x80 on have it already.
            let marks = (bytes &- 0x20) | ((bytes ^ 0x22) &- 1) | ((bytes ^ 0x5c) &- 1) | bytes
            let place = firstMark(marks)
            at += place
            if place < 16 { return }
        }
        while at < source.count {
            let byte = source[at]
            if byte < 0x20 || byte == 0x22 || byte == 0x5c || byte >= 0x80 { return }
            at += 1
        }
    }

    /// Reads sequences of UTF-8 up to the next ASCII byte (RFC 3629: shortest form, no surrogates, up to U+10FFFF).
    /// - Returns: how many continuation bytes they had.
    private mutating func multibyte() throws(Flaw) -> Int {
        var continuations = 0
        while at < source.count, source[at] >= 0x80 {
            let word = at + 4 <= source.count ? source.load4(at) : UInt32(source.loadUpTo8(at, count: source.count - at))
            let more: Int
            if word & 0xc0e0 == 0x80c0, word & 0x1e != 0 {
                more = 1
            } else if word & 0xc0_c0f0 == 0x80_80e0, word & 0x200f != 0, word & 0x200f != 0x200d {
                more = 2
            } else if word & 0xc0c0_c0f8 == 0x8080_80f0, word & 0x3007 != 0,
                word & 0x07 < 4 || (word & 0x07 == 4 && word & 0x3000 == 0)
            {
                more = 3
            } else {
                throw Flaw(position: at, complaint: .utf8)
            }
            at += more + 1
            continuations += more
        }
        return continuations
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
    @inline(__always)
    private func codeUnit(at place: Int) throws(Flaw) -> UInt32 {
        guard place + 6 <= source.count, let unit = number(ofFourDigits: source.load4(place + 2)) else {
            throw Flaw(position: place, complaint: .escape)
        }
        return unit
    }
}
