import Pipeline
import SQLite
import Tweets

/// The tables of `kafka-log.db` and what is written to them; lives on the log's writer thread.
final class LogFile {
    /// What of the tables is kept in memory; read again after every transaction that failed.
    struct Ends {
        /// The offset of the next tweet.
        var next: Int64 = 0
        /// Bytes ever published.
        var bytes: Int64 = 0
        var window: TailWindow
    }

    private(set) var ends: Ends
    /// No offset before it is given out.
    private let begin: Int64
    private let tail: TailBound
    private let connection: Connection
    private let insert: Statement
    private let oldest: Statement
    private let delete: Statement
    private let beforeOffset: Statement
    private let letters: DeadLetterTable
    private let state: StateTable

    static let tables =
        """
        CREATE TABLE batches(first INTEGER PRIMARY KEY, count INTEGER NOT NULL, before INTEGER NOT NULL,
            at INTEGER NOT NULL, bytes BLOB NOT NULL);
        """ + StorageFile.deadLetters

    init(path: String, _ options: StorageOptions, tail: TailBound, begin: Int64) throws {
        connection = try StorageFile.open(path, options, tables: Self.tables)
        insert = try connection.prepare(
            "INSERT INTO batches(first, count, before, at, bytes) VALUES(?1, ?2, ?3, ?4, ?5)")
        oldest = try connection.prepare("SELECT first, count, before, at FROM batches ORDER BY first LIMIT 2")
        delete = try connection.prepare("DELETE FROM batches WHERE first = ?1")
        beforeOffset = try connection.prepare(
            "SELECT before FROM batches WHERE first >= ?1 ORDER BY first LIMIT 1")
        letters = try DeadLetterTable(connection)
        state = try StateTable(connection)
        (self.tail, self.begin) = (tail, begin)
        ends = try Self.readEnds(connection, tail, begin)
    }

    // MARK: reading

    private static func readEnds(
        _ connection: borrowing Connection, _ tail: TailBound, _ begin: Int64
    ) throws(SQLiteError) -> Ends {
        var ends = Ends(window: TailWindow(tail))
        let rows = try connection.prepare(
            "SELECT first, count, before, length(bytes) FROM batches ORDER BY first DESC LIMIT \(tail.rows)")
        var isLast = true
        while try rows.step() {
            if isLast { ends.next = rows.integer(0) + rows.integer(1) }
            if isLast { ends.bytes = rows.integer(2) + rows.integer(3) }
            isLast = false
            ends.window.insert(key: rows.integer(0), size: Int(rows.integer(3)))
        }
        _ = ends.window.overflow(max: .max)
        ends.next = max(ends.next, begin)
        return ends
    }

    /// After a failure: what the file really holds.
    func reload() throws(SQLiteError) { ends = try Self.readEnds(connection, tail, begin) }

    func settled() throws(SQLiteError) -> Int64 { try state.value("settled") }

    func deadLetterCount() throws(SQLiteError) -> Int {
        Int(try connection.integer("SELECT count(*) FROM dead_letters") ?? 0)
    }

    /// Bytes published before the tweet at `offset`, which begins a batch.
    func bytes(before offset: Int64) throws(SQLiteError) -> Int64 {
        try beforeOffset.bind(offset, at: 1)
        guard try beforeOffset.step() else { return ends.bytes }
        defer { beforeOffset.reset() }
        return beforeOffset.integer(0)
    }

    // MARK: writing, inside a transaction

    func transaction<R>(_ body: () throws(SQLiteError) -> R) throws(TransactionError) -> R {
        try connection.transaction(body)
    }

    /// Adds a batch behind `ends`, which move.
    func append(_ batch: Batch, at: Int64, to ends: inout Ends) throws(SQLiteError) {
        try insert.bind(ends.next, at: 1)
        try insert.bind(Int64(batch.count), at: 2)
        try insert.bind(ends.bytes, at: 3)
        try insert.bind(at, at: 4)
        try insert.run(blob: batch.bytes.span, at: 5)
        ends.window.insert(key: ends.next, size: batch.bytes.count)
        ends.next += Int64(batch.count)
        ends.bytes += Int64(batch.bytes.count)
    }

    func bury(origin: Int64, reason: String, at: Int64, bytes: Span<UInt8>) throws(SQLiteError) {
        try letters.add(origin: origin, reason: reason, at: at, bytes: bytes)
    }

    func setSettled(_ offset: Int64) throws(SQLiteError) { try state.set("settled", offset) }

    /// Deletes the oldest rows while `bytesMax` is exceeded or they are older than `oldestAt`: never one at or behind
    /// `settled`, never one of the window, and only until `budget` bytes are freed.
    func trim(
        _ ends: inout Ends, settled: Int64, bytesMax: Int, oldestAt: Int64, budget: Int
    ) throws(SQLiteError) {
        _ = ends.window.overflow(max: .max)
        guard let floor = ends.window.floor else { return }
        var freed: Int64 = 0
        while freed < budget {
            guard try oldest.step() else { return }
            let (first, count) = (oldest.integer(0), oldest.integer(1))
            let (before, at) = (oldest.integer(2), oldest.integer(3))
            let hasNext = try oldest.step()
            let size = hasNext ? oldest.integer(2) - before : 0
            oldest.reset()
            let isOver = ends.bytes - before > bytesMax || at < oldestAt
            guard isOver, hasNext, first < floor, first + count <= settled else { return }
            try delete.bind(first, at: 1)
            try delete.run()
            freed += size
        }
    }

    /// The transaction that moved them is on disk.
    func commit(_ ends: Ends) { self.ends = ends }
}
