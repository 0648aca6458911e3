import SQLite

/// Reads what waits in the log of the kafka leg and in the queue of the rabbitmq leg, and their dead letters.
enum LegReader {
    /// - Parameter offset: up to which the store has counted; the tweets behind it wait.
    static func log(_ file: borrowing Connection, from offset: Int64) throws(SQLiteError) -> LegFacts {
        var facts = LegFacts()
        let rows = try file.prepare("SELECT first, count, bytes FROM batches WHERE first + count > ?1 ORDER BY first")
        try rows.bind(offset, at: 1)
        while try rows.step() { addLines(rows.bytes(2), skipping: Int(max(0, offset &- rows.integer(0))), &facts) }
        seal(&facts)
        try readDeadLetters(file, &facts)
        return facts
    }

    static func queue(_ file: borrowing Connection) throws(SQLiteError) -> LegFacts {
        var facts = LegFacts()
        let rows = try file.prepare("SELECT bytes FROM batches JOIN unsettled USING (seq) ORDER BY seq")
        while try rows.step() { addLines(rows.bytes(0), skipping: 0, &facts) }
        seal(&facts)
        try readDeadLetters(file, &facts)
        return facts
    }

    private static func seal(_ facts: inout LegFacts) {
        var ignored = IDSet()
        facts.backlog.seal(repeated: &ignored)
    }

    private static func addLines(_ bytes: [UInt8], skipping: Int, _ facts: inout LegFacts) {
        var ignored = IDSet()
        var number = 0
        for line in bytes.split(separator: 10) {
            number += 1
            guard number > skipping else { continue }
            facts.backlogTweets += 1
            if let id = id(bytes, line.startIndex..<line.endIndex) {
                facts.backlog.insert(id, repeated: &ignored)
            } else {
                facts.unreadable += 1
            }
        }
    }

    private static func readDeadLetters(_ file: borrowing Connection, _ facts: inout LegFacts) throws(SQLiteError) {
        var ignored = IDSet()
        let rows = try file.prepare("SELECT bytes FROM dead_letters")
        while try rows.step() {
            facts.deadLetterCount += 1
            let bytes = rows.bytes(0)
            for line in bytes.split(separator: 10) {
                if let id = id(bytes, line.startIndex..<line.endIndex) {
                    facts.deadLetters.insert(id, repeated: &ignored)
                }
            }
        }
        facts.deadLetters.seal(repeated: &ignored)
    }

    /// The member `id` of one tweet's JSON.
    private static func id(_ bytes: [UInt8], _ line: Range<Int>) -> TweetUUID? {
        var reader = JSONReader(bytes, line)
        var id: TweetUUID?
        do {
            try reader.object { (reader, name) throws(JSONFault) in
                guard reader.isEqual(name, "id") else {
                    try reader.skip()
                    return
                }
                let place = try reader.rawString()
                id = place.count == 36 ? TweetUUID(bytes, at: place.lowerBound) : nil
            }
        } catch {
            return nil
        }
        return id
    }
}
