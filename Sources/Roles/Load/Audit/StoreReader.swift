import SQLite

/// Reads one of the two count stores.
enum StoreReader {
    static func read(_ file: borrowing Connection) throws(SQLiteError) -> StoreFacts {
        var facts = StoreFacts()
        try readState(file, &facts)
        try readSums(file, &facts)
        try readSeen(file, &facts)
        try readJournal(file, &facts)
        var ignored = IDSet()
        facts.seen.seal(repeated: &ignored)
        facts.journal.seal(repeated: &facts.repeated)
        return facts
    }

    private static func readState(_ file: borrowing Connection, _ facts: inout StoreFacts) throws(SQLiteError) {
        let rows = try file.prepare("SELECT name, value FROM state")
        while try rows.step() {
            switch rows.text(0) {
            case "total": facts.total = Int(rows.integer(1))
            case "offset": facts.offset = Int(rows.integer(1))
            case "fingerprint": facts.fingerprint = rows.integer(1)
            default: break
            }
        }
    }

    private static func readSums(_ file: borrowing Connection, _ facts: inout StoreFacts) throws(SQLiteError) {
        let countries = try file.prepare("SELECT country, count FROM countries")
        while try countries.step() {
            let (number, count) = (Int(countries.integer(0)), Int(countries.integer(1)))
            if facts.countries.indices.contains(number) {
                facts.countries[number] &+= count
            } else {
                facts.flaws.append("\(count) tweets are counted for country \(number), which does not exist")
            }
        }
        let weathers = try file.prepare("SELECT weather, count FROM weathers")
        while try weathers.step() {
            let (number, count) = (Int(weathers.integer(0)), Int(weathers.integer(1)))
            if facts.weathers.indices.contains(number) {
                facts.weathers[number] &+= count
            } else {
                facts.flaws.append("\(count) tweets are counted for weather \(number), which does not exist")
            }
        }
        facts.minutesTotal = Int(try file.integer("SELECT coalesce(sum(count), 0) FROM minutes") ?? 0)
    }

    private static func readSeen(_ file: borrowing Connection, _ facts: inout StoreFacts) throws(SQLiteError) {
        let blocks = try file.prepare("SELECT session, block, bits FROM seen")
        while try blocks.step() {
            let key = IDSet.PageKey(
                session: UInt64(bitPattern: blocks.integer(0)), block: UInt64(bitPattern: blocks.integer(1)))
            let page = blocks.withBlob(2) { bits in words(bits) }
            if let page {
                facts.seen.merge(page, into: key)
            } else {
                facts.flaws.append("the bitmap of session \(key.session), block \(key.block) has not 16,384 bytes")
            }
        }
        let ids = try file.prepare("SELECT id FROM ids")
        while try ids.step() {
            insert(ids.withBlob(0) { uuid($0) }, "ids", &facts) { $0.seen.insert($1, repeated: &$2) }
        }
    }

    /// Bit 0x80 >> i % 8 of byte i / 8 is number i: eight bytes, the first one highest, are a word of the page.
    private static func words(_ bits: Span<UInt8>) -> [UInt64]? {
        guard bits.count == IDSet.pageWords * 8 else { return nil }
        return (0..<IDSet.pageWords).map { word in
            var value: UInt64 = 0
            for byte in 0..<8 { value = value << 8 | UInt64(bits[word * 8 + byte]) }
            return value
        }
    }

    /// A row of the journal is a part of one batch; this is far above what a batch can be.
    private static let rowTweetsMax = 1 << 24

    private static func isRange(_ first: Int64) -> Bool {
        first >= 0 && first <= Int64(TweetUUID.sequenceMax) - Int64(rowTweetsMax)
    }

    /// Both tables of the journal in the order of their positions, which must leave no gap and not overlap.
    private static func readJournal(_ file: borrowing Connection, _ facts: inout StoreFacts) throws(SQLiteError) {
        let rows = try file.prepare(
            """
            SELECT position, session, first, count, minute, NULL FROM counted
            UNION ALL SELECT position, NULL, NULL, 1, minute, id FROM counted_ids ORDER BY position
            """)
        var next: Int?
        while try rows.step() {
            let (position, count) = (Int(rows.integer(0)), Int(rows.integer(3)))
            if next == nil {
                facts.journalStart = position
                facts.journalSince = Int(rows.integer(4)) &* 60_000
            }
            if let next, position != next {
                facts.flaws.append("the journal goes on at position \(position) where \(next) should follow")
            }
            guard count > 0, count <= rowTweetsMax, rows.isNull(1) || isRange(rows.integer(2)) else {
                facts.flaws.append("the journal has an impossible row at position \(position)")
                continue
            }
            next = position &+ count
            facts.journalTweets += count
            if rows.isNull(1) {
                insert(rows.withBlob(5) { uuid($0) }, "counted_ids", &facts) { $0.journal.insert($1, repeated: &$2) }
            } else {
                var repeated = IDSet()
                swap(&repeated, &facts.repeated)
                facts.journal.insert(
                    session: UInt64(bitPattern: rows.integer(1)), first: UInt64(bitPattern: rows.integer(2)),
                    count: UInt64(count), repeated: &repeated)
                swap(&repeated, &facts.repeated)
            }
        }
        if let next {
            if next != facts.total { facts.flaws.append("the journal ends at \(next), the total is \(facts.total)") }
        } else {
            facts.journalStart = facts.total
        }
    }

    private static func insert(
        _ id: TweetUUID?, _ table: String, _ facts: inout StoreFacts,
        _ add: (inout StoreFacts, TweetUUID, inout IDSet) -> Void
    ) {
        guard let id else { return facts.flaws.append("\(table) holds an id that has not 16 bytes") }
        var repeated = IDSet()
        swap(&repeated, &facts.repeated)
        add(&facts, id, &repeated)
        swap(&repeated, &facts.repeated)
    }

    private static func uuid(_ bytes: Span<UInt8>) -> TweetUUID? {
        guard bytes.count == 16 else { return nil }
        var (high, low): (UInt64, UInt64) = (0, 0)
        for index in 0..<8 {
            high = high << 8 | UInt64(bytes[index])
            low = low << 8 | UInt64(bytes[index + 8])
        }
        return TweetUUID(high: high, low: low)
    }
}
