extension TweetReader {
    /// Takes a batch of canonical tweets apart and adds them to `columns`, in order.
    ///
    /// Everything of a tweet is checked again but what its gateway decided by its settings: the length of the
    /// description and the window of the id. A consumer with other settings loses nothing.
    /// - Parameter unreadable: called with the index and the reason for each record that is not a canonical tweet and
    ///   is left out; positions count from the start of the record.
    package func columns(of batch: Batch, into columns: inout Columns, unreadable: (Int, TweetError) -> Void) {
        columns.reserve(batch.count)
        unsafe batch.bytes.withUnsafeBufferPointer { buffer in
            for index in 0..<batch.count {
                let range = batch.range(of: index)
                var record = unsafe Record(
                    scanner: Scanner(source: Source(UnsafeBufferPointer(rebasing: buffer[range])), at: 0))
                do throws(TweetError) { try record.read(into: &columns) } catch { unreadable(index, error) }
            }
        }
    }
}

/// One tweet in its canonical form.
private struct Record {
    var scanner: Scanner

    @inline(always)
    mutating func read(into columns: inout Columns) throws(TweetError) {
        try expect(Canonical.id)
        guard scanner.at + TweetID.textCount <= scanner.source.count, let id = TweetID(scanner.source, at: scanner.at),
            id.isOurs || id.isClients
        else { throw TweetError(.invalid, .uuid, .id, at: scanner.at) }
        scanner.at += TweetID.textCount
        try expect(Canonical.accepted)
        let accepted = try milliseconds()
        try expect(Canonical.country)
        guard scanner.at + 2 <= scanner.source.count,
            let country = Country(scanner.source[scanner.at], scanner.source[scanner.at + 1])
        else { throw TweetError(.invalid, .country, .country, at: scanner.at) }
        scanner.at += 2
        try expect(Canonical.weather)
        let weather = try weather()
        try expect(Canonical.description)
        let text = try scanner.string()
        guard scanner.next == UInt8(ascii: "}"), scanner.at + 1 == scanner.source.count else {
            throw TweetError(.notCanonical, at: scanner.at)
        }
        guard text.count > 0 else {
            throw TweetError(.invalid, .emptyText, .description, at: text.start)
        }
        columns.ids.append(id)
        columns.countries.append(country)
        columns.weathers.append(weather)
        columns.accepted.append(accepted)
    }

    @inline(always)
    private mutating func expect(_ words: StaticString) throws(TweetError) {
        guard scanner.source.has(words, at: scanner.at) else {
            throw TweetError(.notCanonical, at: scanner.at)
        }
        scanner.at += words.utf8CodeUnitCount
    }

    /// Digits up to 2^53, without a zero in front.
    @inline(always)
    private mutating func milliseconds() throws(TweetError) -> Int64 {
        let start = scanner.at
        var value: Int64 = 0
        while scanner.at - start < 16, case let digit = scanner.next &- UInt8(ascii: "0"), digit < 10 {
            value = value * 10 + Int64(digit)
            scanner.at += 1
        }
        let length = scanner.at - start
        guard length > 0, length == 1 || scanner.source[start] != UInt8(ascii: "0"), value <= Canonical.acceptedMax
        else {
            throw TweetError(.notCanonical, at: start)
        }
        return value
    }

    @inline(always)
    private mutating func weather() throws(TweetError) -> Weather {
        let start = scanner.at
        if let (word, count) = scanner.shortString(), let weather = Weather(word: word, count: count),
            word == weather.packedName.word
        {
            // The quote is part of the words that follow.
            scanner.at -= 1
            return weather
        }
        throw TweetError(.invalid, .weather, .weather, at: start)
    }
}
