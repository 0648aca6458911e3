import Foundation
import SQLite
import Testing

@Suite struct SQLiteTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "sqlite-\(UUID().uuidString)")

    private func open(_ change: (inout Connection.Options) -> Void = { _ in }) throws -> Connection {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var options = Connection.Options()
        change(&options)
        return try Connection(path: folder.appending(path: "test.db").path, options)
    }

    /// `#expect` takes no values that cannot be copied.
    private func integer(_ connection: borrowing Connection, _ sql: String) throws -> Int64? {
        try connection.integer(sql)
    }

    private func clean() { try? FileManager.default.removeItem(at: folder) }

    @Test func valuesComeBack() throws {
        defer { clean() }
        let connection = try open()
        try connection.execute("CREATE TABLE t(a INTEGER, b BLOB, c TEXT)")
        let insert = try connection.prepare("INSERT INTO t VALUES(?1, ?2, ?3)")
        let blobs: [[UInt8]] = [[], [0], [1, 0, 255], Array(repeating: 7, count: 100_000)]
        for (place, blob) in blobs.enumerated() {
            try insert.bind(Int64.min + Int64(place), at: 1)
            try insert.bind("lluvia ☔️ \(place)", at: 3)
            try insert.run(blob: blob.span, at: 2)
            let changes = insert.changes
            #expect(changes == 1)
        }
        let select = try connection.prepare("SELECT a, b, c FROM t ORDER BY a")
        for (place, blob) in blobs.enumerated() {
            let isRow = try select.step()
            let (integer, bytes, isNull, text) = (select.integer(0), select.bytes(1), select.isNull(1), select.text(2))
            #expect(isRow && integer == Int64.min + Int64(place))
            #expect(bytes == blob && !isNull)
            #expect(text == "lluvia ☔️ \(place)")
        }
        let (isOver, isFirst) = (try !select.step(), try select.step())
        #expect(isOver && isFirst, "a statement that came to its end begins again")
        select.reset()
        // The blob was only lent: the next row must not have the old one.
        try insert.bind(0, at: 1)
        try insert.run()
        #expect(try integer(connection, "SELECT count(*) FROM t WHERE b IS NULL") == 1)
    }

    @Test func durableAndInWALMode() throws {
        defer { clean() }
        let connection = try open { $0.pageSize = 16_384 }
        try connection.execute("CREATE TABLE t(a)")
        #expect(try integer(connection, "PRAGMA synchronous") == 2)
        #expect(try integer(connection, "PRAGMA page_size") == 16_384)
        #expect(try integer(connection, "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'") == 1)
        let (log, copied) = try connection.checkpoint()
        #expect(log > 0 && log == copied)
    }

    @Test func aTransactionIsAllOrNothing() throws {
        defer { clean() }
        let connection = try open()
        try connection.execute("CREATE TABLE t(a INTEGER PRIMARY KEY)")
        try connection.transaction { () throws(SQLiteError) in try connection.execute("INSERT INTO t VALUES(1)") }
        #expect {
            try connection.transaction { () throws(SQLiteError) in
                try connection.execute("INSERT INTO t VALUES(2)")
                try connection.execute("INSERT INTO t VALUES(1)")
            }
        } throws: { error in
            let error = error as? TransactionError
            return error?.cause.code.primary == .constraint && error?.isInDoubt == false
        }
        let isOutside = connection.isOutsideTransaction
        #expect(isOutside)
        #expect(try integer(connection, "SELECT sum(a) FROM t") == 1)
    }

    @Test func aFullFileIsNotInDoubtAndHeals() throws {
        defer { clean() }
        let connection = try open()
        try connection.execute("CREATE TABLE t(a BLOB); PRAGMA max_page_count=50")
        let insert = try connection.prepare("INSERT INTO t VALUES(?1)")
        let blob = [UInt8](repeating: 1, count: 50_000)
        var failure: TransactionError?
        for _ in 0..<10 where failure == nil {
            do throws(TransactionError) {
                try connection.transaction { () throws(SQLiteError) in try insert.run(blob: blob.span, at: 1) }
            } catch {
                failure = error
            }
        }
        #expect(failure?.cause.code.primary == .full)
        #expect(failure?.isInDoubt == false)
        let isOutside = connection.isOutsideTransaction
        #expect(isOutside)
        try connection.execute("PRAGMA max_page_count=1000")
        try connection.transaction { () throws(SQLiteError) in try insert.run(blob: blob.span, at: 1) }
    }

    @Test func whatCannotBeOpenedSaysSo() throws {
        defer { clean() }
        _ = try open()
        #expect { _ = try Connection(path: "/nowhere/at/all.db") } throws: {
            ($0 as? SQLiteError)?.code.primary == .cannotOpen
        }
        let text = folder.appending(path: "text")
        try Data(repeating: 65, count: 5000).write(to: text)
        #expect { _ = try Connection(path: text.path) } throws: { ($0 as? SQLiteError)?.code.primary == .notADatabase }
    }

    @Test func aReaderSeesCommitsAndCannotWrite() throws {
        defer { clean() }
        let writer = try open()
        try writer.execute("CREATE TABLE t(a); INSERT INTO t VALUES(1)")
        let reader = try open { $0.isReadOnly = true }
        #expect(try integer(reader, "SELECT count(*) FROM t") == 1)
        try writer.execute("INSERT INTO t VALUES(2)")
        #expect(try integer(reader, "SELECT count(*) FROM t") == 2)
        #expect { try reader.execute("INSERT INTO t VALUES(3)") } throws: {
            ($0 as? SQLiteError)?.code.primary == .readOnly
        }
    }

    @Test func aLockedFileIsBusy() throws {
        defer { clean() }
        let one = try open()
        let two = try open { $0.busyMilliseconds = 10 }
        try one.execute("CREATE TABLE t(a); BEGIN IMMEDIATE; INSERT INTO t VALUES(1)")
        #expect { try two.transaction { () throws(SQLiteError) in } } throws: {
            ($0 as? TransactionError)?.cause.code.primary == .busy
        }
        try one.execute("COMMIT")
        try two.transaction { () throws(SQLiteError) in }
    }
}
