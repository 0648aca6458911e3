import Pipeline
import SQLite
import Tweets

/// A batch that the queue owes to its consumer.
struct QueueRow: Sendable {
    var seq: Int64
    var count: Int
    var size: Int
    /// How often it was handed out before.
    var deliveries = 0
}

/// The tables of `rabbitmq-queue.db` and what is written to them; lives on the queue's thread.
final class QueueFile {
    private let connection: Connection
    private let insertBatch: Statement
    private let insertUnsettled: Statement
    private let next: Statement
    private let body: Statement
    private let deleteUnsettled: Statement
    private let insertSettled: Statement
    private let deleteSettled: Statement
    private let deleteBatch: Statement
    private let letters: DeadLetterTable
    private let state: StateTable

    static let tables =
        """
        CREATE TABLE batches(seq INTEGER PRIMARY KEY, count INTEGER NOT NULL, at INTEGER NOT NULL,
            bytes BLOB NOT NULL);
        CREATE TABLE unsettled(seq INTEGER PRIMARY KEY, count INTEGER NOT NULL, size INTEGER NOT NULL,
            deliveries INTEGER NOT NULL);
        CREATE TABLE settled(seq INTEGER PRIMARY KEY, size INTEGER NOT NULL);
        """ + StorageFile.deadLetters

    init(path: String, _ options: StorageOptions) throws {
        connection = try StorageFile.open(path, options, tables: Self.tables)
        insertBatch = try connection.prepare("INSERT INTO batches(seq, count, at, bytes) VALUES(?1, ?2, ?3, ?4)")
        insertUnsettled = try connection.prepare("INSERT INTO unsettled VALUES(?1, ?2, ?3, 0)")
        next = try connection.prepare(
            "SELECT seq, count, size, deliveries FROM unsettled WHERE seq > ?1 ORDER BY seq")
        body = try connection.prepare("SELECT bytes FROM batches WHERE seq = ?1")
        deleteUnsettled = try connection.prepare("DELETE FROM unsettled WHERE seq = ?1")
        insertSettled = try connection.prepare("INSERT INTO settled VALUES(?1, ?2)")
        deleteSettled = try connection.prepare("DELETE FROM settled WHERE seq = ?1")
        deleteBatch = try connection.prepare("DELETE FROM batches WHERE seq = ?1")
        letters = try DeadLetterTable(connection)
        state = try StateTable(connection)
    }

    // MARK: reading

    struct Totals {
        /// The next sequence number.
        var next: Int64
        /// Tweets and bytes that are owed.
        var tweets: Int
        var bytes: Int
        var window: TailWindow
    }

    func totals(_ tail: TailBound) throws(SQLiteError) -> Totals {
        var totals = Totals(next: max(1, try state.value("next")), tweets: 0, bytes: 0, window: TailWindow(tail))
        let sums = try connection.prepare("SELECT total(count), total(size) FROM unsettled")
        if try sums.step() { (totals.tweets, totals.bytes) = (Int(sums.integer(0)), Int(sums.integer(1))) }
        sums.reset()
        let settled = try connection.prepare("SELECT seq, size FROM settled ORDER BY seq")
        while try settled.step() { totals.window.insert(key: settled.integer(0), size: Int(settled.integer(1))) }
        return totals
    }

    func deadLetterCount() throws(SQLiteError) -> Int {
        Int(try connection.integer("SELECT count(*) FROM dead_letters") ?? 0)
    }

    /// The owed rows behind `seq` until they hold `tweets`; at least one when there is one.
    func rows(after seq: Int64, upTo tweets: Int) throws(SQLiteError) -> [QueueRow] {
        try next.bind(seq, at: 1)
        defer { next.reset() }
        var found: [QueueRow] = []
        var count = 0
        while count < tweets, try next.step() {
            let row = QueueRow(
                seq: next.integer(0), count: Int(next.integer(1)), size: Int(next.integer(2)),
                deliveries: Int(next.integer(3)))
            found.append(row)
            count += max(1, row.count)
        }
        return found
    }

    func batch(_ seq: Int64) throws(SQLiteError) -> Batch {
        try body.bind(seq, at: 1)
        guard try body.step() else { return Batch() }
        defer { body.reset() }
        return Batch(lines: body.bytes(0))
    }

    // MARK: writing, inside a transaction

    func transaction<R>(_ body: () throws(SQLiteError) -> R) throws(TransactionError) -> R {
        try connection.transaction(body)
    }

    func append(_ batch: Batch, seq: Int64, at: Int64) throws(SQLiteError) {
        try insertBatch.bind(seq, at: 1)
        try insertBatch.bind(Int64(batch.count), at: 2)
        try insertBatch.bind(at, at: 3)
        try insertBatch.run(blob: batch.bytes.span, at: 4)
        try insertUnsettled.bind(seq, at: 1)
        try insertUnsettled.bind(Int64(batch.count), at: 2)
        try insertUnsettled.bind(Int64(batch.bytes.count), at: 3)
        try insertUnsettled.run()
    }

    func setNext(_ seq: Int64) throws(SQLiteError) { try state.set("next", seq) }
    func setDeliveredThrough(_ seq: Int64) throws(SQLiteError) { try state.set("delivered_through", seq) }

    /// No longer owed, but kept for levelling. Settling twice does no harm.
    func settle(_ row: QueueRow) throws(SQLiteError) {
        try deleteUnsettled.bind(row.seq, at: 1)
        try deleteUnsettled.run()
        guard deleteUnsettled.changes > 0 else { return }
        try insertSettled.bind(row.seq, at: 1)
        try insertSettled.bind(Int64(row.size), at: 2)
        try insertSettled.run()
    }

    /// Gone for good.
    func forget(_ seq: Int64) throws(SQLiteError) {
        try deleteSettled.bind(seq, at: 1)
        try deleteSettled.run()
        try deleteBatch.bind(seq, at: 1)
        try deleteBatch.run()
    }

    func bury(origin: Int64, reason: String, at: Int64, bytes: Span<UInt8>) throws(SQLiteError) {
        try letters.add(origin: origin, reason: reason, at: at, bytes: bytes)
    }

    /// What was handed out and not settled was delivered once more; all of it is to be handed out again.
    func countDeliveries() throws(SQLiteError) {
        let through = try state.value("delivered_through")
        guard through > 0 else { return }
        try connection.execute("UPDATE unsettled SET deliveries = deliveries + 1 WHERE seq <= \(through)")
        try state.set("delivered_through", 0)
    }
}
