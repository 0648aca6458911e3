extension TweetID {
    /// The length of the text of an id.
    package static let textCount = 36

    /// Reads a UUID: 36 characters, hexadecimal digits of any case in groups of 8-4-4-4-12. Which version is the
    /// caller's to judge.
    package init?(text: Span<UInt8>) {
        guard text.count == Self.textCount else { return nil }
        let id = unsafe text.withUnsafeBufferPointer { unsafe TweetID(Source($0), at: 0) }
        guard let id else { return nil }
        self = id
    }

    /// Reads the 36 characters at a place, which must be there.
    init?(_ source: Source, at place: Int) {
        let dash = UInt8(ascii: "-")
        guard source[place + 8] == dash, source[place + 13] == dash, source[place + 18] == dash,
            source[place + 23] == dash,
            let first = number(ofDigits: source.load8(place)),
            let second = number(
                ofDigits: UInt64(source.load4(place + 9)) | UInt64(source.load4(place + 14)) << 32),
            let third = number(
                ofDigits: UInt64(source.load4(place + 19)) | UInt64(source.load4(place + 24)) << 32),
            let fourth = number(ofDigits: source.load8(place + 28))
        else { return nil }
        self.init(high: UInt64(first) << 32 | UInt64(second), low: UInt64(third) << 32 | UInt64(fourth))
    }

    /// Appends the 36 characters, lower case; traps when there is less room.
    package func write(into output: inout OutputSpan<UInt8>) {
        precondition(output.freeCapacity >= Self.textCount)
        unsafe output.withUnsafeMutableBufferPointer { buffer, initialized in
            guard var sink = unsafe Sink(buffer, from: initialized) else { return }
            write(to: &sink)
            initialized += sink.count
        }
    }

    @inline(always)
    func write(to sink: inout Sink) {
        let dash = UInt8(ascii: "-")
        let second = digits(of: UInt32(truncatingIfNeeded: high))
        let third = digits(of: UInt32(truncatingIfNeeded: low >> 32))
        sink.put(word: digits(of: UInt32(truncatingIfNeeded: high >> 32)))
        sink.put(dash)
        sink.put(word: UInt32(truncatingIfNeeded: second))
        sink.put(dash)
        sink.put(word: UInt32(truncatingIfNeeded: second >> 32))
        sink.put(dash)
        sink.put(word: UInt32(truncatingIfNeeded: third))
        sink.put(dash)
        sink.put(word: UInt32(truncatingIfNeeded: third >> 32))
        sink.put(word: digits(of: UInt32(truncatingIfNeeded: low)))
    }
}

extension TweetID: LosslessStringConvertible {
    package init?(_ description: String) { self.init(text: description.utf8.span) }

    /// The 36 characters, lower case.
    package var description: String {
        String(decoding: [UInt8](capacity: Self.textCount) { write(into: &$0) }, as: UTF8.self)
    }
}
