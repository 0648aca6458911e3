import Pipeline
import SQLite
import Tweets

/// The log's second connection: reads what is no longer in memory, on the reader's thread.
final class LogReader {
    private let connection: Connection
    private let rows: Statement
    private let oldest: Statement

    init(path: String) throws {
        connection = try StorageFile.openReadOnly(path)
        // The row in which the offset lies, and what follows.
        rows = try connection.prepare(
            """
            SELECT first, count, bytes FROM batches
            WHERE first >= coalesce((SELECT max(first) FROM batches WHERE first <= ?1), ?1) ORDER BY first
            """)
        oldest = try connection.prepare("SELECT min(first) FROM batches")
    }

    /// Batches from `offset` on until they hold `tweets`; at least one when there is one.
    func read(from offset: Int64, upTo tweets: Int) throws(SQLiteError) -> [(first: Int64, count: Int, batch: Batch)] {
        try rows.bind(offset, at: 1)
        defer { rows.reset() }
        var found: [(first: Int64, count: Int, batch: Batch)] = []
        var count = 0
        while count < tweets, try rows.step() {
            let row = (first: rows.integer(0), count: Int(rows.integer(1)), batch: Batch(lines: rows.bytes(2)))
            if row.first + Int64(row.count) <= offset { continue }
            found.append(row)
            count += row.count
        }
        return found
    }

    /// The offset of the oldest row that is kept.
    func firstOffset() throws(SQLiteError) -> Int64? {
        defer { oldest.reset() }
        guard try oldest.step(), !oldest.isNull(0) else { return nil }
        return oldest.integer(0)
    }
}

/// The newest batches of a file, oldest first, whether settled or not; for the start, on the caller's thread.
func readTail(path: String, key: String, _ bound: TailBound) throws -> [Batch] {
    let connection = try StorageFile.openReadOnly(path)
    let rows = try connection.prepare("SELECT bytes FROM batches ORDER BY \(key) DESC LIMIT \(bound.rows)")
    var batches: [Batch] = []
    var bytes = 0
    while try bytes < bound.bytes && rows.step() {
        batches.append(Batch(lines: rows.bytes(0)))
        bytes += batches.last?.bytes.count ?? 0
    }
    return batches.reversed()
}
