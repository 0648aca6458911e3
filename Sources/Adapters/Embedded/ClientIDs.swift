import SQLite
import Tweets

/// The tables `ids` and `buckets`: which ids that clients brought were counted, by the minute of the id's own time.
///
/// Such ids begin with their time, so those of a batch lie close together in the table.
final class ClientIDs {
    private let insert: Statement
    private let touch: Statement
    private let oldBucket: Statement
    private let deleteIDs: Statement
    private let deleteBucket: Statement
    /// Buckets used since the last `write`.
    private var used: Set<Int64> = []
    private var lastBucket: Int64 = -1
    /// The id that was added last: 16 bytes, big endian.
    private(set) var bytes = [UInt8](repeating: 0, count: 16)

    static let tables = """
        CREATE TABLE ids(bucket INTEGER NOT NULL, id BLOB NOT NULL, PRIMARY KEY(bucket, id)) WITHOUT ROWID;
        CREATE TABLE buckets(bucket INTEGER PRIMARY KEY, used INTEGER NOT NULL);
        """

    init(_ connection: borrowing Connection) throws(SQLiteError) {
        insert = try connection.prepare("INSERT OR IGNORE INTO ids VALUES(?1, ?2)")
        touch = try connection.prepare(
            "INSERT INTO buckets VALUES(?1, ?2) ON CONFLICT DO UPDATE SET used = excluded.used")
        oldBucket = try connection.prepare("SELECT bucket FROM buckets WHERE used < ?1 LIMIT 1")
        deleteIDs = try connection.prepare(
            """
            DELETE FROM ids WHERE bucket = ?1
                AND id IN (SELECT id FROM ids WHERE bucket = ?1 LIMIT ?2)
            """)
        deleteBucket = try connection.prepare("DELETE FROM buckets WHERE bucket = ?1")
    }

    /// True when the id was not there.
    func add(_ id: TweetID) throws(SQLiteError) -> Bool {
        let bucket = id.clientMilliseconds / 60_000
        if bucket != lastBucket {
            used.insert(bucket)
            lastBucket = bucket
        }
        id.write(into: &bytes)
        try insert.bind(bucket, at: 1)
        let bound = bytes
        try insert.run(blob: bound.span, at: 2)
        return insert.changes > 0
    }

    /// Notes which buckets were used; before the commit.
    func write(minute: Int64) throws(SQLiteError) {
        for bucket in used {
            try touch.bind(bucket, at: 1)
            try touch.bind(minute, at: 2)
            try touch.run()
        }
        used.removeAll(keepingCapacity: true)
        lastBucket = -1
    }

    /// A transaction failed.
    func drop() {
        used.removeAll()
        lastBucket = -1
    }

    /// Deletes ids of a bucket that was not used since `minute`, at most `max` of them. True when there may be more.
    func expire(before minute: Int64, max: Int) throws(SQLiteError) -> Bool {
        try oldBucket.bind(minute, at: 1)
        guard try oldBucket.step() else { return false }
        let bucket = oldBucket.integer(0)
        oldBucket.reset()
        try deleteIDs.bind(bucket, at: 1)
        try deleteIDs.bind(Int64(max), at: 2)
        try deleteIDs.run()
        if deleteIDs.changes == max { return true }
        try deleteBucket.bind(bucket, at: 1)
        try deleteBucket.run()
        return true
    }
}

extension TweetID {
    /// Its 16 bytes, big endian.
    func write(into bytes: inout [UInt8]) {
        for place in 0..<8 {
            bytes[place] = UInt8(truncatingIfNeeded: high >> UInt64(56 - 8 * place))
            bytes[place + 8] = UInt8(truncatingIfNeeded: low >> UInt64(56 - 8 * place))
        }
    }
}
