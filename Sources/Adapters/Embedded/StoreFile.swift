import Pipeline
import SQLite
import Tweets

/// All tables of a store, and how a batch is counted into them; lives on the store's thread.
final class StoreFile {
    /// What the transaction has counted so far; true with its commit.
    struct Draft {
        var counts: StoreSnapshot
        /// Newly counted, by minute of acceptance.
        var minutes: [Int64: Int] = [:]
    }

    private let connection: Connection
    private let counts: CountTables
    private let seen: SeenBlocks
    private let ids: ClientIDs
    private let journal: Journal
    private let settings: StoreSettings
    private let openedAt: Int64
    private var nextExpiry: Int64 = 0
    private var nextFold: Int64 = 0
    /// Newly counted since rows were expired last: as many may go.
    private var countedSinceExpiry = 0

    init(path: String, _ settings: StoreSettings) throws {
        let tables = CountTables.tables + SeenBlocks.tables + ClientIDs.tables + Journal.tables
        connection = try StorageFile.open(path, settings.storage, tables: tables)
        counts = try CountTables(connection)
        seen = try SeenBlocks(connection, blocksMax: settings.blocksMax)
        ids = try ClientIDs(connection)
        journal = try Journal(connection)
        self.settings = settings
        openedAt = settings.storage.clock()
    }

    func load() throws(SQLiteError) -> StoreSnapshot { try counts.load(connection) }

    /// Runs `body`, which counts, and writes what it drafted; all or nothing.
    func transaction<R>(
        from old: StoreSnapshot, _ body: (inout Draft, _ minute: Int64) throws(SQLiteError) -> R
    ) throws(TransactionError) -> (R, StoreSnapshot) {
        let now = settings.storage.clock()
        let minute = now / 60_000
        do throws(TransactionError) {
            return try connection.transaction { () throws(SQLiteError) in
                var draft = Draft(counts: old)
                let result = try body(&draft, minute)
                try counts.save(draft.counts, old, minutes: draft.minutes)
                try seen.write(minute: minute)
                try ids.write(minute: minute)
                countedSinceExpiry += draft.counts.total - old.total
                try expire(now)
                return (result, draft.counts)
            }
        } catch {
            seen.drop()
            ids.drop()
            throw error
        }
    }

    /// Counts what was not seen before. One flag a tweet: whether it is new.
    func count(_ batch: CountBatch, _ draft: inout Draft, minute: Int64) throws(SQLiteError) -> [Bool] {
        let columns = batch.columns
        var flags = [Bool](repeating: false, count: columns.count)
        var block: SeenBlock?
        var added = 0
        // The tweets of a batch were accepted within moments: a minute's count is put down when the next minute comes.
        var run = (minute: Int64.min, count: 0)
        journal.begin(position: Int64(draft.counts.total), minute: minute)
        for (place, id) in columns.ids.enumerated() {
            let isNew: Bool
            if id.isOurs {
                let (session, sequence) = (id.session, id.sequence)
                if block?.session != session || block?.number != sequence >> SeenBlock.shift {
                    block = try seen.block(session: session, sequence: sequence, minute: minute)
                }
                isNew = block?.insert(sequence) ?? false
                if isNew { try journal.add(session: session, sequence: sequence) }
            } else {
                isNew = try ids.add(id)
                if isNew { try journal.add(id: ids.bytes) }
            }
            guard isNew else { continue }
            flags[place] = true
            added += 1
            draft.counts.countries[Int(columns.countries[place].index)] += 1
            draft.counts.weather[Int(columns.weathers[place].rawValue)] += 1
            draft.counts.fingerprint &+= id.fingerprint
            let accepted = columns.accepted[place] / 60_000
            if accepted != run.minute {
                if run.count > 0 { draft.minutes[run.minute, default: 0] += run.count }
                run = (accepted, 0)
            }
            run.count += 1
        }
        try journal.finish()
        if run.count > 0 { draft.minutes[run.minute, default: 0] += run.count }
        draft.counts.total += added
        draft.counts.minutesTotal += added
        if added > 0 {
            draft.counts.recent = Array((draft.counts.recent + batch.recent).suffix(StoreSnapshot.recentMax))
        }
        return flags
    }

    /// Deletes what was not used for a day, in small steps; see `StoreSettings`.
    private func expire(_ now: Int64) throws(SQLiteError) {
        guard now >= nextExpiry, now >= openedAt + settings.expiryGrace.milliseconds else { return }
        let minute = (now - settings.expiry.milliseconds) / 60_000
        let rows = max(1024, countedSinceExpiry * 2)
        let hasMoreBlocks = try seen.expire(before: minute, max: 16)
        let hasMoreIDs = try ids.expire(before: minute, max: rows)
        let hasMoreRows = try journal.expire(before: minute, max: rows)
        countedSinceExpiry = 0
        if !hasMoreBlocks && !hasMoreIDs && !hasMoreRows { nextExpiry = now + 1000 }
        guard now >= nextFold else { return }
        try counts.foldMinutes(before: (now - settings.minutesKept.milliseconds) / 60_000, connection)
        nextFold = now + 3_600_000
    }
}
