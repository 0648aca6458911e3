package import Pipeline
package import Tweets

/// Tweets for tests: every id follows from its number, every text from its id.
package struct Samples: Sendable {
    package var session: UInt64
    /// Milliseconds since 1970 of the first one; each next one is a millisecond later.
    package var start: Int64 = 1_790_000_000_000
    /// Bytes of a tweet's line, about.
    package var size = 120

    package init(session: UInt64 = 7) { self.session = session }

    /// One of ours.
    package func id(_ sequence: Int) -> TweetID { TweetID(session: session, sequence: UInt64(sequence)) }

    /// A client's own: a UUIDv7 with its time.
    package func clientID(_ number: Int) -> TweetID {
        let time = UInt64(bitPattern: start + Int64(number))
        return TweetID(
            high: time << 16 | 0x7000 | UInt64(number & 0xfff),
            low: 1 << 63 | (UInt64(number) &* 0x9e37_79b9) & TweetID.sessionMask)
    }

    /// Its country: all of the table in turn.
    package func country(_ number: Int) -> Country {
        guard let country = Country(index: UInt8(number % Country.count)) else {
            preconditionFailure("within the table")
        }
        return country
    }

    /// Its weather: the three in turn.
    package func weather(_ number: Int) -> Weather { Weather.allCases[number % 3] }

    /// A line of NDJSON, without its newline: what legs carry, and never read.
    package func line(_ number: Int) -> [UInt8] {
        var text = #"{"number":\#(number),"session":\#(session),"weather":"\#(weather(number).name)","description":""#
        while text.utf8.count < size - 2 { text += "lluvia \(number) " }
        return Array((text + "\"}").utf8)
    }

    /// Lines as a batch.
    package func batch(_ numbers: Range<Int>) -> Batch {
        var batch = Batch()
        for number in numbers { batch.append(line(number)) }
        return batch
    }

    /// What is counted of some tweets.
    package func columns(_ numbers: some Sequence<Int>, ownIDs: Bool = false) -> Columns {
        var columns = Columns()
        for number in numbers {
            columns.ids.append(ownIDs ? clientID(number) : id(number))
            columns.countries.append(country(number))
            columns.weathers.append(weather(number))
            columns.accepted.append(start + Int64(number))
        }
        return columns
    }

    /// What a consumer asks a store for these tweets.
    package func countBatch(
        _ numbers: some Sequence<Int>, ownIDs: Bool = false, offsets: Range<Offset>? = nil
    ) -> CountBatch {
        let columns = columns(numbers, ownIDs: ownIDs)
        let recent = numbers.suffix(StoreSnapshot.recentMax).map { line($0) }
        return CountBatch(columns: columns, recent: recent, offsets: offsets)
    }
}
