import Pipeline
import SQLite
import Tweets

/// The tables of plain numbers of a store: `state`, `countries`, `weathers`, `minutes`, `recent`.
final class CountTables {
    private let state: StateTable
    private let putCountry: Statement
    private let putWeather: Statement
    private let addMinute: Statement
    private let putRecent: Statement

    static let tables = """
        CREATE TABLE state(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE countries(country INTEGER PRIMARY KEY, count INTEGER NOT NULL);
        CREATE TABLE weathers(weather INTEGER PRIMARY KEY, count INTEGER NOT NULL);
        CREATE TABLE minutes(minute INTEGER PRIMARY KEY, count INTEGER NOT NULL);
        CREATE TABLE recent(id INTEGER PRIMARY KEY, lines BLOB NOT NULL);
        """

    init(_ connection: borrowing Connection) throws(SQLiteError) {
        state = try StateTable(connection)
        putCountry = try connection.prepare(
            "INSERT INTO countries VALUES(?1, ?2) ON CONFLICT DO UPDATE SET count = excluded.count")
        putWeather = try connection.prepare(
            "INSERT INTO weathers VALUES(?1, ?2) ON CONFLICT DO UPDATE SET count = excluded.count")
        addMinute = try connection.prepare(
            "INSERT INTO minutes VALUES(?1, ?2) ON CONFLICT DO UPDATE SET count = count + excluded.count")
        putRecent = try connection.prepare("INSERT OR REPLACE INTO recent VALUES(0, ?1)")
    }

    /// Everything, as the file has it.
    func load(_ connection: borrowing Connection) throws(SQLiteError) -> StoreSnapshot {
        var counts = StoreSnapshot()
        counts.total = Int(try state.value("total"))
        counts.offset = try state.value("offset")
        counts.fingerprint = UInt64(bitPattern: try state.value("fingerprint"))
        let countries = try connection.prepare("SELECT country, count FROM countries WHERE country BETWEEN 0 AND ?1")
        try countries.bind(Int64(Country.count - 1), at: 1)
        while try countries.step() { counts.countries[Int(countries.integer(0))] = Int(countries.integer(1)) }
        let weathers = try connection.prepare("SELECT weather, count FROM weathers WHERE weather BETWEEN 0 AND 2")
        while try weathers.step() { counts.weather[Int(weathers.integer(0))] = Int(weathers.integer(1)) }
        counts.minutesTotal = Int(try connection.integer("SELECT sum(count) FROM minutes") ?? 0)
        let recent = try connection.prepare("SELECT lines FROM recent")
        if try recent.step() {
            let lines = Batch(lines: recent.bytes(0))
            counts.recent = (0..<lines.count).map { Array(lines.bytes[lines.range(of: $0)]) }
        }
        recent.reset()
        return counts
    }

    /// Writes what differs.
    func save(_ new: StoreSnapshot, _ old: StoreSnapshot, minutes: [Int64: Int]) throws(SQLiteError) {
        try Self.save(new.countries, old.countries, putCountry)
        try Self.save(new.weather, old.weather, putWeather)
        for (minute, count) in minutes {
            try addMinute.bind(minute, at: 1)
            try addMinute.bind(Int64(count), at: 2)
            try addMinute.run()
        }
        if new.total != old.total { try state.set("total", Int64(new.total)) }
        if new.offset != old.offset { try state.set("offset", new.offset) }
        if new.fingerprint != old.fingerprint { try state.set("fingerprint", Int64(bitPattern: new.fingerprint)) }
        if new.recent != old.recent {
            var lines = Batch()
            for tweet in new.recent { lines.append(tweet) }
            try putRecent.run(blob: lines.bytes.span, at: 1)
        }
    }

    private static func save(_ new: [Int], _ old: [Int], _ put: borrowing Statement) throws(SQLiteError) {
        for index in new.indices where new[index] != old[index] {
            try put.bind(Int64(index), at: 1)
            try put.bind(Int64(new[index]), at: 2)
            try put.run()
        }
    }

    /// Adds the minutes before `minute` up in row -1, so that the table stays small and its sum the same.
    func foldMinutes(before minute: Int64, _ connection: borrowing Connection) throws(SQLiteError) {
        let old = try connection.integer("SELECT sum(count) FROM minutes WHERE minute >= 0 AND minute < \(minute)") ?? 0
        guard old > 0 else { return }
        try connection.execute("DELETE FROM minutes WHERE minute >= 0 AND minute < \(minute)")
        try addMinute.bind(-1, at: 1)
        try addMinute.bind(old, at: 2)
        try addMinute.run()
    }
}
