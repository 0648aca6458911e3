extension TweetReader {
    /// Takes a batch of canonical tweets apart and adds them to `columns`, in order.
    ///
    /// Everything of a tweet is checked again but what its gateway decided by its settings: the length of the description and the window of
    /// the id. A consumer with other settings loses nothing.
    /// - Parameter unreadable: called with the index and the reason for each record that is not a canonical tweet and is left out;
    ///   positions count from the start of the record.
    package func columns(of batch: Batch, into columns: inout Columns, unreadable: (Int, TweetError) -> Void) {
        columns.reserve(batch.count)
        unsafe batch.bytes.withUnsafeBufferPointer { buffer in
            for index in 0..<batch.count {
                let range = batch.range(of: index)
                var record = unsafe Record(scanner: Scanner(source: Source(UnsafeBufferPointer(rebasing: buffer[range])), at: 0))
                do throws(Flaw) { try record.read(into: &columns) } catch { unreadable(index, TweetError(error)) }
            }
        }
    }
}

/// One tweet in its canonical form.
private struct Record {
    var scanner: Scanner

    @inline(always)
    mutating func read(into columns: inout Columns) throws(Flaw) {
        try expect(Canonical.id)
        guard scanner.at + TweetID.textCount <= scanner.source.count, let id = TweetID(scanner.source, at: scanner.at),
            id.isOurs || id.isClients
        else { throw Flaw(position: scanner.at, complaint: .uuid, kind: .invalid, field: .id) }
        scanner.at += TweetID.textCount
        try expect(Canonical.accepted)
        let accepted = try milliseconds()
        try expect(Canonical.country)
        guard scanner.at + 2 <= scanner.source.count,
            let country = Country(scanner.source[scanner.at], scanner.source[scanner.at + 1])
        else { throw Flaw(position: scanner.at, complaint: .country, kind: .invalid, field: .country) }
        scanner.at += 2
        try expect(Canonical.weather)
        let weather = try weather()
        try expect(Canonical.description)
        let text = try scanner.string()
        guard scanner.next == UInt8(ascii: "}"), scanner.at + 1 == scanner.source.count else {
            throw Flaw(position: scanner.at, complaint: .notCanonical)
        }
        guard text.count > 0 else {
            throw Flaw(position: text.start, complaint: .emptyText, kind: .invalid, field: .description)
        }
        columns.ids.append(id)
        columns.countries.append(country)
        columns.weathers.append(weather)
        columns.accepted.append(accepted)
    }

    @inline(always)
    private mutating func expect(_ words: StaticString) throws(Flaw) {
        guard scanner.source.has(words, at: scanner.at) else {
            throw Flaw(position: scanner.at, complaint: .notCanonical)
        }
        scanner.at += words.utf8CodeUnitCount
    }

    /// Digits up to 2^53, without a zero in front.
    @inline(always)
    private mutating func milliseconds() throws(Flaw) -> Int64 {
        let start = scanner.at
        var value: Int64 = 0
        while scanner.at - start < 16, case let digit = scanner.next &- UInt8(ascii: "0"), digit < 10 {
            value = value * 10 + Int64(digit)
            scanner.at += 1
        }
        let length = scanner.at - start
        guard length > 0, length == 1 || scanner.source[start] != UInt8(ascii: "0"), value <= Canonical.acceptedMax else {
            throw Flaw(position: start, complaint: .notCanonical)
        }
        return value
    }

    @inline(always)
    private mutating func weather() throws(Flaw) -> Weather {
        let start = scanner.at
        for weather in Weather.allCases {
            let name = weather.name
            let count = name.utf8CodeUnitCount
            guard start + count <= scanner.source.count, scanner.source.loadUpTo8(start, count: count) == packedWord(name)
            else { continue }
            scanner.at += count
            return weather
        }
        throw Flaw(position: start, complaint: .weather, kind: .invalid, field: .weather)
    }
}
