import Glibc
import SQLite

/// Why the stores cannot be read.
struct AuditError: Error, CustomStringConvertible {
    let description: String
}

/// The two legs, each with the files that it and its store keep.
enum AuditedLeg: String, CaseIterable {
    case kafka
    case rabbitmq

    var store: String { self == .kafka ? "redis-counts.db" : "valkey-counts.db" }
    var backlog: String { self == .kafka ? "kafka-log.db" : "rabbitmq-queue.db" }
}

/// Reads the four files of a data folder with SQL of its own (docs/embedded-storage.md), read-only, while they are in
/// use.
struct DataFolderReader {
    let folder: String

    /// The schema that this reader knows.
    static let schemaVersion: Int64 = 1

    /// Leg and store, in the order in which nothing can hide between the two reads: what leaves the queue is counted
    /// by then; the log still has what lies behind the store's offset.
    func read(_ leg: AuditedLeg) throws(AuditError) -> (leg: LegFacts, store: StoreFacts) {
        switch leg {
        case .kafka:
            let store = try readStore(leg)
            let log = try query(leg.backlog) { (file) throws(SQLiteError) in
                try LegReader.log(file, from: Int64(store.offset))
            }
            return (log, store)
        case .rabbitmq:
            let queue = try query(leg.backlog) { (file) throws(SQLiteError) in try LegReader.queue(file) }
            return (queue, try readStore(leg))
        }
    }

    /// Whether nothing waits in either leg.
    func isDrained() throws(AuditError) -> Bool {
        let waiting = try query(AuditedLeg.rabbitmq.backlog) { (file) throws(SQLiteError) in
            try file.integer("SELECT count(*) FROM unsettled") ?? 0
        }
        guard waiting == 0 else { return false }
        let offset = try query(AuditedLeg.kafka.store) { (file) throws(SQLiteError) in
            try file.integer("SELECT value FROM state WHERE name = 'offset'") ?? 0
        }
        let end = try query(AuditedLeg.kafka.backlog) { (file) throws(SQLiteError) in
            try file.integer("SELECT first + count FROM batches ORDER BY first DESC LIMIT 1") ?? 0
        }
        return offset >= end
    }

    /// How far everything is: it grows with each batch that is published or counted.
    func position() throws(AuditError) -> [Int64] {
        var position: [Int64] = []
        for leg in AuditedLeg.allCases {
            let published =
                leg == .kafka
                ? "SELECT first + count FROM batches ORDER BY first DESC LIMIT 1"
                : "SELECT max(seq) FROM batches"
            for (file, sql) in [(leg.backlog, published), (leg.store, "SELECT value FROM state WHERE name = 'total'")] {
                position.append(try query(file) { (file) throws(SQLiteError) in try file.integer(sql) ?? 0 })
            }
        }
        return position
    }

    private func readStore(_ leg: AuditedLeg) throws(AuditError) -> StoreFacts {
        try query(leg.store) { (file) throws(SQLiteError) in try StoreReader.read(file) }
    }

    /// Runs `body` in one read transaction of one file.
    private func query<R>(_ name: String, _ body: (borrowing Connection) throws(SQLiteError) -> R) throws(AuditError)
        -> R
    {
        let path = "\(folder)/\(name)"
        // An older file of that name may lie there, too: it would be judged instead.
        if let place = File.content(path + ".elsewhere", bytesMax: 4096) {
            let words = String(decoding: place.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
            throw AuditError(description: "the counts are in \(words), which audit cannot read yet")
        }
        // SQLite would say "unable to open" of everything; that it is not there is worth its own words.
        guard File.isReadable(path) else { throw AuditError(description: "\(path): \(SocketError(errno: errno))") }
        do {
            var options = Connection.Options()
            options.isReadOnly = true
            let file = try Connection(path: path, options)
            try file.execute("BEGIN")
            let version = try file.integer("PRAGMA user_version") ?? 0
            guard version == Self.schemaVersion else { throw Refusal.version(version) }
            return try body(file)
        } catch let error as SQLiteError {
            throw AuditError(description: "\(path): \(error)")
        } catch {
            throw AuditError(description: "\(path): \(error)")
        }
    }

    private enum Refusal: Error, CustomStringConvertible {
        case version(Int64)
        var description: String {
            switch self {
            case .version(let version):
                "its schema has version \(version), this checker knows \(DataFolderReader.schemaVersion)"
            }
        }
    }
}
