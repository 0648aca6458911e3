/// Where a JSON text is not what was asked for.
struct JSONFault: Error, Equatable {
    let offset: Int
    let expected: String
}

/// Reads one JSON text (RFC 8259) piece by piece, as its caller asks for it; strict, allocates nothing but decoded
/// strings.
///
/// It shares the array it reads (no copy), so it must be gone before its owner writes to that array again.
struct JSONReader {
    let bytes: [UInt8]
    private(set) var offset: Int
    private let end: Int
    private var depth = 0

    static let depthMax = 64

    init(_ bytes: [UInt8]) { self.init(bytes, 0..<bytes.count) }

    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        offset = range.lowerBound
        end = min(range.upperBound, bytes.count)
    }

    /// The next byte that is no white space; nil at the end.
    mutating func peek() -> UInt8? {
        while offset < end {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0a, 0x0d: offset += 1
            default: return bytes[offset]
            }
        }
        return nil
    }

    /// Calls `member` with the place of each name (inside its quotes); it must consume the value.
    mutating func object(_ member: (inout JSONReader, Range<Int>) throws(JSONFault) -> Void) throws(JSONFault) {
        try open("{")
        if take("}") {
            depth -= 1
            return
        }
        repeat {
            let name = try rawString()
            guard take(":") else { throw fault("a colon") }
            try member(&self, name)
        } while take(",")
        guard take("}") else { throw fault("a comma or the end of the object") }
        depth -= 1
    }

    /// Calls `element` for each element; it must consume it.
    mutating func array(_ element: (inout JSONReader) throws(JSONFault) -> Void) throws(JSONFault) {
        try open("[")
        if take("]") {
            depth -= 1
            return
        }
        repeat { try element(&self) } while take(",")
        guard take("]") else { throw fault("a comma or the end of the array") }
        depth -= 1
    }

    /// A number without fraction and exponent.
    mutating func integer() throws(JSONFault) -> Int {
        _ = peek()
        let start = offset
        try skipNumber()
        var value = 0
        let isNegative = bytes[start] == UInt8(ascii: "-")
        for byte in bytes[(isNegative ? start + 1 : start)..<offset] {
            guard byte >= 48, byte <= 57 else { throw JSONFault(offset: start, expected: "an integer") }
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(Int(byte - 48))
            guard !overflow, !carry else { throw JSONFault(offset: start, expected: "a smaller integer") }
            value = sum
        }
        return isNegative ? -value : value
    }

    /// The place of a string inside its quotes; escapes are checked and left as they are.
    mutating func rawString() throws(JSONFault) -> Range<Int> {
        guard take("\"") else { throw fault("a string") }
        let start = offset
        while offset < end {
            switch bytes[offset] {
            case UInt8(ascii: "\""):
                offset += 1
                return start..<offset - 1
            case UInt8(ascii: "\\"): try skipEscape()
            case 0..<0x20: throw fault("an escaped control character")
            default: offset += 1
            }
        }
        throw fault("the end of the string")
    }

    mutating func string() throws(JSONFault) -> String { try decoded(rawString()) }

    /// True when a `null` stood there.
    mutating func null() throws(JSONFault) -> Bool {
        guard peek() == UInt8(ascii: "n") else { return false }
        try word("null")
        return true
    }

    /// The place of any value, checked.
    @discardableResult
    mutating func skip() throws(JSONFault) -> Range<Int> {
        guard let first = peek() else { throw fault("a value") }
        let start = offset
        switch first {
        case UInt8(ascii: "{"): try object { (reader, _) throws(JSONFault) in try reader.skip() }
        case UInt8(ascii: "["): try array { (reader) throws(JSONFault) in try reader.skip() }
        case UInt8(ascii: "\""): _ = try rawString()
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        default: try skipNumber()
        }
        return start..<offset
    }

    /// Nothing but white space may follow.
    mutating func finish() throws(JSONFault) { if peek() != nil { throw fault("the end") } }

    /// Whether the bytes at `place` are these.
    func isEqual(_ place: Range<Int>, _ text: String) -> Bool {
        place.count == text.utf8.count && bytes.has(text, at: place.lowerBound)
    }

    func fault(_ expected: String) -> JSONFault { JSONFault(offset: offset, expected: expected) }
}

extension JSONReader {
    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character) else { return false }
        offset += 1
        return true
    }

    private mutating func open(_ bracket: Unicode.Scalar) throws(JSONFault) {
        guard take(bracket) else { throw fault("an object or an array") }
        depth += 1
        guard depth <= Self.depthMax else { throw fault("less depth") }
    }

    private mutating func word(_ text: String) throws(JSONFault) {
        let place = offset..<min(end, offset + text.utf8.count)
        guard isEqual(place, text) else { throw fault("a value") }
        offset = place.upperBound
    }

    private mutating func skipEscape() throws(JSONFault) {
        guard offset + 1 < end else { throw fault("an escape") }
        switch bytes[offset + 1] {
        case UInt8(ascii: "u"):
            guard offset + 6 <= end else { throw fault("four digits") }
            for place in offset + 2..<offset + 6 where hexDigit(bytes[place]) == nil { throw fault("four digits") }
            offset += 6
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            offset += 2
        default: throw fault("an escape")
        }
    }

    private mutating func skipDigits() throws(JSONFault) {
        let start = offset
        while offset < end, bytes[offset] >= 48, bytes[offset] <= 57 { offset += 1 }
        if offset == start { throw fault("a digit") }
    }

    private mutating func skipNumber() throws(JSONFault) {
        if offset < end, bytes[offset] == UInt8(ascii: "-") { offset += 1 }
        if offset < end, bytes[offset] == UInt8(ascii: "0") { offset += 1 } else { try skipDigits() }
        if offset < end, bytes[offset] == UInt8(ascii: ".") {
            offset += 1
            try skipDigits()
        }
        guard offset < end, bytes[offset] | 0x20 == UInt8(ascii: "e") else { return }
        offset += 1
        if offset < end, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-") { offset += 1 }
        try skipDigits()
    }

    /// The text of a raw string: escapes resolved. A lone surrogate becomes U+FFFD, bytes that are no UTF-8 likewise.
    func decoded(_ place: Range<Int>) -> String {
        var text = [UInt8]()
        var units = [UInt16]()
        func flush() {
            guard !units.isEmpty else { return }
            text += String(decoding: units, as: UTF16.self).utf8
            units = []
        }
        var at = place.lowerBound
        while at < place.upperBound {
            guard bytes[at] == UInt8(ascii: "\\") else {
                flush()
                text.append(bytes[at])
                at += 1
                continue
            }
            let kind = bytes[at + 1]
            if kind == UInt8(ascii: "u") {
                units.append(bytes[at + 2..<at + 6].reduce(0) { $0 << 4 | UInt16(hexDigit($1) ?? 0) })
                at += 6
                continue
            }
            flush()
            switch kind {
            case UInt8(ascii: "b"): text.append(8)
            case UInt8(ascii: "f"): text.append(12)
            case UInt8(ascii: "n"): text.append(10)
            case UInt8(ascii: "r"): text.append(13)
            case UInt8(ascii: "t"): text.append(9)
            default: text.append(kind)
            }
            at += 2
        }
        flush()
        return String(decoding: text, as: UTF8.self)
    }
}
