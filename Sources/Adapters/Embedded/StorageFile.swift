import SQLite

/// Why an embedded part does not open; one line, for the operator.
package struct StorageError: Error, CustomStringConvertible, Sendable {
    package let description: String
    package init(_ description: String) { self.description = description }
}

/// How a file is written. The defaults are measured: see `docs/embedded-storage.md`.
package struct StorageOptions: Sendable {
    /// Bytes of a page of a new file.
    package var pageSize = 4096
    /// Pages in the write-ahead log before a commit copies them into the file.
    package var checkpointPages = 1000
    /// Pages the file may have; nil: as many as the disk holds. Full is then `unavailable`, as on a full disk.
    package var pagesMax: Int?
    /// Milliseconds since 1970.
    package var clock: @Sendable () -> Int64

    package init(clock: @escaping @Sendable () -> Int64) { self.clock = clock }
}

/// Opens the files of the data folder: the same care for all of them.
enum StorageFile {
    static let version: Int64 = 1

    /// Opens for writing, and makes the tables when the file is new.
    static func open(_ path: String, _ options: StorageOptions, tables: String) throws -> Connection {
        do {
            var sqlite = Connection.Options()
            sqlite.pageSize = options.pageSize
            sqlite.checkpointPages = options.checkpointPages
            // What is hot is the end of the file and a few blocks; a larger cache only fills with what is not read
            // again.
            sqlite.cacheKiB = 2048
            let connection = try Connection(path: path, sqlite)
            let found = try connection.integer("PRAGMA user_version") ?? 0
            guard found <= version else {
                throw StorageError("\(path): made by a newer version (schema \(found), this one knows \(version))")
            }
            if found == 0 {
                try connection.transaction { () throws(SQLiteError) in
                    try connection.execute(tables)
                    try connection.execute("PRAGMA user_version=\(version)")
                }
            }
            if let pages = options.pagesMax { try connection.execute("PRAGMA max_page_count=\(pages)") }
            return connection
        } catch let error as StorageError {
            throw error
        } catch {
            throw StorageError("\(path): \(error)")
        }
    }

    /// Opens for reading a file that exists.
    static func openReadOnly(_ path: String) throws -> Connection {
        var sqlite = Connection.Options()
        sqlite.isReadOnly = true
        do { return try Connection(path: path, sqlite) } catch { throw StorageError("\(path): \(error)") }
    }

    static let deadLetters = """
        CREATE TABLE dead_letters(id INTEGER PRIMARY KEY, origin INTEGER NOT NULL, reason TEXT NOT NULL,
            at INTEGER NOT NULL, bytes BLOB NOT NULL);
        CREATE TABLE state(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        """
}

/// The table `dead_letters` of a leg.
final class DeadLetterTable {
    private let insert: Statement

    init(_ connection: borrowing Connection) throws(SQLiteError) {
        insert = try connection.prepare("INSERT INTO dead_letters(origin, reason, at, bytes) VALUES(?1, ?2, ?3, ?4)")
    }

    func add(origin: Int64, reason: String, at: Int64, bytes: Span<UInt8>) throws(SQLiteError) {
        try insert.bind(origin, at: 1)
        try insert.bind(reason, at: 2)
        try insert.bind(at, at: 3)
        try insert.run(blob: bytes, at: 4)
    }
}

/// The table `state`: named integers.
final class StateTable {
    private let put: Statement
    private let get: Statement

    init(_ connection: borrowing Connection) throws(SQLiteError) {
        put = try connection.prepare(
            "INSERT INTO state VALUES(?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value")
        get = try connection.prepare("SELECT value FROM state WHERE name = ?1")
    }

    func set(_ name: String, _ value: Int64) throws(SQLiteError) {
        try put.bind(name, at: 1)
        try put.bind(value, at: 2)
        try put.run()
    }

    /// 0 when it was never set.
    func value(_ name: String) throws(SQLiteError) -> Int64 {
        try get.bind(name, at: 1)
        guard try get.step() else { return 0 }
        defer { get.reset() }
        return get.integer(0)
    }
}
