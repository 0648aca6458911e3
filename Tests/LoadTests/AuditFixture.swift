import SQLite
import Synchronization
import Testing

@testable import Load

/// A data folder as docs/embedded-storage.md describes it, written by SQL of the test, and a ledger beside it: both
/// tell of the same tweets until a test breaks one of them.
final class AuditFixture {
    let folder = TemporaryFolder()
    private(set) var ledger = [#"{"run":"begin","version":1,"at":1}"#]
    private var requests = 0
    private let stores = ["redis-counts.db", "valkey-counts.db"]
    private let legs = ["kafka-log.db", "rabbitmq-queue.db"]
    private var bits: [String: [Int: [UInt8]]] = [:]

    static let storeSchema = """
        CREATE TABLE state(name TEXT PRIMARY KEY, value INTEGER);
        INSERT INTO state VALUES ('total', 0), ('offset', 0), ('fingerprint', 0);
        CREATE TABLE countries(country INTEGER PRIMARY KEY, count INTEGER);
        CREATE TABLE weathers(weather INTEGER PRIMARY KEY, count INTEGER);
        CREATE TABLE minutes(minute INTEGER PRIMARY KEY, count INTEGER);
        CREATE TABLE recent(id INTEGER PRIMARY KEY, lines BLOB);
        CREATE TABLE seen(id INTEGER PRIMARY KEY, session INTEGER, block INTEGER,
            used INTEGER, bits BLOB, UNIQUE(session, block));
        CREATE TABLE ids(bucket INTEGER, id BLOB, PRIMARY KEY(bucket, id)) WITHOUT ROWID;
        CREATE TABLE counted(position INTEGER PRIMARY KEY, session INTEGER,
            first INTEGER, count INTEGER, minute INTEGER);
        CREATE TABLE counted_ids(position INTEGER PRIMARY KEY, id BLOB, minute INTEGER);
        """
    static let logSchema = """
        CREATE TABLE batches(first INTEGER PRIMARY KEY, count INTEGER, before INTEGER, at INTEGER, bytes BLOB);
        CREATE TABLE dead_letters(id INTEGER PRIMARY KEY, origin INTEGER, reason TEXT, at INTEGER, bytes BLOB);
        """
    static let queueSchema = """
        CREATE TABLE batches(seq INTEGER PRIMARY KEY, count INTEGER, at INTEGER, bytes BLOB);
        CREATE TABLE unsettled(seq INTEGER PRIMARY KEY, count INTEGER, size INTEGER, deliveries INTEGER);
        CREATE TABLE dead_letters(id INTEGER PRIMARY KEY, origin INTEGER, reason TEXT, at INTEGER, bytes BLOB);
        """

    init() throws {
        for store in stores { try sql(store, Self.storeSchema + "PRAGMA user_version=1") }
        try sql(legs[0], Self.logSchema + "PRAGMA user_version=1")
        try sql(legs[1], Self.queueSchema + "PRAGMA user_version=1")
    }

    func sql(_ file: String, _ text: String) throws {
        try Connection(path: "\(folder.path)/\(file)", Connection.Options()).execute(text)
    }

    // MARK: the ledger

    func write(_ outcome: String, _ rest: String, countries: String, weathers: String) {
        requests += 1
        ledger.append(
            #"{"outcome":"\#(outcome)","at":1000,\#(rest)"countries":"\#(countries)","weathers":"\#(weathers)"}"#)
    }

    /// Rainy tweets of Guatemala with ids of the gateway's making.
    func made(_ first: Int, _ count: Int, _ outcome: String = "accepted") {
        write(
            outcome, #""first":"\#(TestIDs.made(first))","count":\#(count),"#,
            countries: String(repeating: "GT", count: count), weathers: String(repeating: "R", count: count))
    }

    /// One sunny tweet of Spain that brought its id.
    func own(_ number: Int, _ outcome: String = "accepted") {
        write(outcome, #""ids":["\#(TestIDs.own(number))"],"#, countries: "ES", weathers: "S")
    }

    // MARK: the stores

    private func total(_ store: String) throws -> Int64 {
        var options = Connection.Options()
        options.isReadOnly = true
        return try Connection(path: "\(folder.path)/\(store)", options).integer(
            "SELECT value FROM state WHERE name = 'total'") ?? 0
    }

    /// Counts and marks them as the pipeline would.
    func countMade(_ first: Int, _ count: Int, in places: [Int] = [0, 1]) throws {
        for store in places.map({ stores[$0] }) {
            try sql(store, "INSERT INTO counted VALUES (\(try total(store)), 7, \(first), \(count), 10)")
            try mark(first, count, store)
            try add(count, country: "GT", weather: 0, store)
        }
    }

    func countOwn(_ number: Int, in places: [Int] = [0, 1]) throws {
        let id = TestIDs.own(number).filter { $0 != "-" }
        for store in places.map({ stores[$0] }) {
            try sql(
                store,
                "INSERT INTO counted_ids VALUES (\(try total(store)), x'\(id)', 10);"
                    + "INSERT INTO ids VALUES (1, x'\(id)')"
            )
            try add(1, country: "ES", weather: 2, store)
        }
    }

    private func mark(_ first: Int, _ count: Int, _ store: String) throws {
        for number in first..<first + count {
            let (block, bit) = number.quotientAndRemainder(dividingBy: 131_072)
            bits[store, default: [:]][block, default: [UInt8](repeating: 0, count: 16384)][bit / 8] |=
                0x80 >> UInt8(bit % 8)
        }
        for (block, bytes) in bits[store] ?? [:] {
            // Zeroes at the end are left to SQLite: a bitmap has 16,384 bytes.
            let used = (bytes.lastIndex { $0 != 0 } ?? 0) + 1
            let hex = bytes[..<used].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            let blob = "CAST(x'\(hex)' || zeroblob(\(16384 - used)) AS BLOB)"
            try sql(store, "INSERT OR REPLACE INTO seen VALUES (\(block + 1), 7, \(block), 10, \(blob))")
        }
    }

    func add(_ count: Int, country: String, weather: Int, _ store: String) throws {
        let number = try #require(CountryCodes.number(of: country))
        try sql(
            store,
            """
            INSERT INTO countries VALUES (\(number), \(count)) ON CONFLICT DO UPDATE SET count = count + \(count);
            INSERT INTO weathers VALUES (\(weather), \(count)) ON CONFLICT DO UPDATE SET count = count + \(count);
            INSERT INTO minutes VALUES (10, \(count)) ON CONFLICT DO UPDATE SET count = count + \(count);
            UPDATE state SET value = value + \(count) WHERE name = 'total';
            """)
    }

    /// Publishes into both legs without counting: a batch with these numbers.
    func publish(_ first: Int, _ count: Int) throws {
        let lines = (first..<first + count).map { #"{"id":"\#(TestIDs.made($0))","description":"x"}"# + "\n" }.joined()
        let hex = lines.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        try sql(
            legs[0],
            "INSERT INTO batches SELECT coalesce(max(first + count), 0), \(count), 0, 0, x'\(hex)' FROM batches")
        try sql(
            legs[1],
            """
            INSERT INTO batches VALUES ((SELECT coalesce(max(seq), 0) + 1 FROM batches), \(count), 0, x'\(hex)');
            INSERT INTO unsettled SELECT max(seq), \(count), 1, 0 FROM batches;
            """)
    }

    // MARK: the audit

    struct Outcome {
        let code: Int32
        let text: String
        let json: String
    }

    func audit(
        wait: Duration = .zero, exclusive: Bool = true, end: Bool = true,
        isStopped: @escaping @Sendable () -> Bool = { false }
    ) -> Outcome {
        let lines = ledger + (end ? [#"{"run":"end","requests":\#(requests)}"#] : [])
        var settings = AuditSettings()
        settings.ledgers = [folder.write("ledger", lines.joined(separator: "\n") + "\n")]
        settings.data = folder.path
        settings.wait = wait
        settings.exclusive = exclusive
        settings.quiet = true
        let text = Self.run(settings, isStopped: isStopped)
        settings.json = true
        let json = Self.run(settings, isStopped: isStopped)
        #expect(text.code == json.code)
        return Outcome(code: text.code, text: text.output, json: json.output)
    }

    static func run(_ settings: AuditSettings, isStopped: @escaping @Sendable () -> Bool = { false }) -> (
        code: Int32, output: String
    ) {
        let box = Box()
        let console = Console(isTerminal: false, report: { box.add($0) }, progress: { box.add($0) })
        let code = runAudit(settings, console: console, isStopped: isStopped)
        return (code, box.text)
    }

    private final class Box: Sendable {
        private let output = Mutex("")
        func add(_ text: String) { output.withLock { $0 += text } }
        var text: String { output.withLock { $0 } }
    }
}
