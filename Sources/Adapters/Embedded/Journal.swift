import SQLite
import Tweets

/// The tables `counted` and `counted_ids`: what was counted, in order; evidence for the checker, never read here.
final class Journal {
    private let insertRun: Statement
    private let insertID: Statement
    private let deleteRuns: Statement
    private let deleteIDs: Statement
    /// The run that is being collected.
    private var run: (session: UInt64, first: UInt64, count: UInt64)?
    private var position: Int64 = 0
    private var minute: Int64 = 0

    static let tables = """
        CREATE TABLE counted(position INTEGER PRIMARY KEY, session INTEGER NOT NULL, first INTEGER NOT NULL,
            count INTEGER NOT NULL, minute INTEGER NOT NULL);
        CREATE TABLE counted_ids(position INTEGER PRIMARY KEY, id BLOB NOT NULL, minute INTEGER NOT NULL);
        """

    init(_ connection: borrowing Connection) throws(SQLiteError) {
        insertRun = try connection.prepare("INSERT INTO counted VALUES(?1, ?2, ?3, ?4, ?5)")
        insertID = try connection.prepare("INSERT INTO counted_ids VALUES(?1, ?2, ?3)")
        deleteRuns = try connection.prepare(Self.deletion(of: "counted"))
        deleteIDs = try connection.prepare(Self.deletion(of: "counted_ids"))
    }

    /// Positions and minutes rise together (but for a clock that was set back), so the oldest rows stand at the front.
    private static func deletion(of table: String) -> String {
        """
        DELETE FROM \(table) WHERE position IN
            (SELECT position FROM (SELECT position, minute FROM \(table) ORDER BY position LIMIT ?2) WHERE minute < ?1)
        """
    }

    /// What is added from now on was counted in this minute, after `position` others.
    func begin(position: Int64, minute: Int64) { (self.position, self.minute, run) = (position, minute, nil) }

    /// One more of ours was counted. Consecutive ones become one row.
    func add(session: UInt64, sequence: UInt64) throws(SQLiteError) {
        if let open = run, open.session == session, open.first + open.count == sequence {
            run = (session, open.first, open.count + 1)
            return
        }
        try finish()
        run = (session, sequence, 1)
    }

    /// One more of a client's was counted.
    func add(id: [UInt8]) throws(SQLiteError) {
        try finish()
        try insertID.bind(position, at: 1)
        try insertID.bind(minute, at: 3)
        try insertID.run(blob: id.span, at: 2)
        position += 1
    }

    /// Writes the open run; at the end of a batch.
    func finish() throws(SQLiteError) {
        guard let open = run else { return }
        run = nil
        try insertRun.bind(position, at: 1)
        try insertRun.bind(Int64(bitPattern: open.session), at: 2)
        try insertRun.bind(Int64(bitPattern: open.first), at: 3)
        try insertRun.bind(Int64(bitPattern: open.count), at: 4)
        try insertRun.bind(minute, at: 5)
        try insertRun.run()
        position += Int64(open.count)
    }

    /// Deletes rows older than `minute`, at most `max` of each table. True when there may be more.
    func expire(before minute: Int64, max: Int) throws(SQLiteError) -> Bool {
        try deleteRuns.bind(minute, at: 1)
        try deleteRuns.bind(Int64(max), at: 2)
        try deleteRuns.run()
        let runs = deleteRuns.changes
        try deleteIDs.bind(minute, at: 1)
        try deleteIDs.bind(Int64(max), at: 2)
        try deleteIDs.run()
        return runs == max || deleteIDs.changes == max
    }
}
