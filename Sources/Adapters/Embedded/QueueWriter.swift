import Pipeline
import SQLite
import Synchronization
import Telemetry
import Tweets

/// The thread of a queue: everything that waits becomes one transaction.
final class QueueWriter {
    private typealias Waiting = (upTo: Int, done: @Sendable (Reception) -> Void)

    /// What the tables hold and who has which row: changed in a copy, which becomes true with the commit.
    private struct State {
        var totals: QueueFile.Totals
        /// Rows behind it were not handed out yet.
        var cursor: Int64 = 0
        /// Handed out and not settled, by tag.
        var out: [Offset: [QueueRow]] = [:]
        var lastTag: Offset = 0
        var deadLetters: Int
    }

    private let file: QueueFile
    private let settings: LegSettings
    private let shared: QueueShared
    private let inFlight: InFlightLimit
    private let deliver: @Sendable (@escaping EmbeddedQueue.Call) -> Void
    private var health: Health
    private var state: State
    private var memory: RecentBatches
    private var waiting: Waiting?
    private var isInDoubt = false

    init(
        path: String, _ settings: LegSettings, _ shared: QueueShared, _ inFlight: InFlightLimit,
        _ deliver: @escaping @Sendable (@escaping EmbeddedQueue.Call) -> Void, _ log: Log
    ) throws {
        let file = try QueueFile(path: path, settings.storage)
        try file.transaction { () throws(SQLiteError) in try file.countDeliveries() }
        state = State(totals: try file.totals(settings.tail), deadLetters: try file.deadLetterCount())
        (self.file, self.settings, self.shared, self.inFlight) = (file, settings, shared, inFlight)
        self.deliver = deliver
        health = Health(log)
        memory = RecentBatches(bytesMax: settings.memoryBytesMax)
        show()
    }

    /// The queue was closed: nothing more will come.
    deinit { answerWaiting(.closed) }

    private func show() {
        shared.tweets.store(state.totals.tweets, ordering: .relaxed)
        shared.deadLetters.store(state.deadLetters, ordering: .relaxed)
    }

    /// What one transaction did, until its commit is known.
    private struct Outcome {
        var state: State
        var stored: [(Int64, Batch)] = []
        /// By place in the work: what its `done` hears.
        var isDone: [Bool] = []
        /// What a waiting `receive` hears; nil: it waits on.
        var reception: Reception?
        var settled = 0
    }

    func work(_ work: [EmbeddedQueue.Work]) {
        for case .receive(let upTo, let done) in work {
            answerWaiting(.unavailable("overruled by a newer receive"))
            waiting = (upTo, done)
        }
        do throws(TransactionError) {
            let outcome = try write(work)
            health.succeeded()
            state = outcome.state
            for (seq, batch) in outcome.stored { memory.append(key: seq, batch) }
            show()
            for (place, item) in work.enumerated() { answer(item, outcome.isDone[place] ? .stored : .unavailable) }
            if let reception = outcome.reception { answerWaiting(reception) }
        } catch {
            health.failed(error)
            isInDoubt = isInDoubt || error.isInDoubt
            for item in work { answer(item, error.isInDoubt ? .unknown : .unavailable) }
            answerWaiting(.unavailable(error.description))
        }
    }

    private func answerWaiting(_ reception: Reception) {
        guard let done = waiting?.done else { return }
        waiting = nil
        deliver { done(reception) }
    }

    private func answer(_ item: EmbeddedQueue.Work, _ receipt: Receipt) {
        switch item {
        case .publish(let batch, _, let done):
            inFlight.leave(batch.bytes.count)
            done(.all(receipt))
        case .settle(_, let done), .bury(_, let done), .redeliver(let done):
            done(receipt == .stored)
        case .receive:
            break
        }
    }

    private func write(_ work: [EmbeddedQueue.Work]) throws(TransactionError) -> Outcome {
        if isInDoubt { try reload() }
        guard mustWrite(work) || waiting != nil else { return Outcome(state: state, isDone: work.map { _ in true }) }
        let now = settings.storage.clock()
        return try file.transaction { () throws(SQLiteError) in
            var outcome = Outcome(state: state)
            for item in work { outcome.isDone.append(try apply(item, at: now, &outcome)) }
            if !outcome.stored.isEmpty { try file.setNext(outcome.state.totals.next) }
            if let waiting { outcome.reception = try handOut(upTo: waiting.upTo, at: now, &outcome) }
            try trim(&outcome)
            return outcome
        }
    }

    private func mustWrite(_ work: [EmbeddedQueue.Work]) -> Bool {
        work.contains {
            if case .receive = $0 { false } else { true }
        }
    }

    /// After a commit in doubt: what the file really holds. Who has which row is known only to us.
    private func reload() throws(TransactionError) {
        do {
            state.totals = try file.totals(settings.tail)
            state.deadLetters = try file.deadLetterCount()
        } catch {
            throw TransactionError(cause: error, isInDoubt: false)
        }
        isInDoubt = false
    }

    private func apply(
        _ item: EmbeddedQueue.Work, at now: Int64, _ outcome: inout Outcome
    ) throws(SQLiteError) -> Bool {
        switch item {
        case .publish(let batch, let isBounded, _):
            let size = batch.bytes.count
            let owed = outcome.state.totals.bytes
            // One batch may come whatever its size: else it would be tried again for ever.
            guard !isBounded || owed == 0 || owed + size <= settings.bytesMax else { return false }
            let seq = outcome.state.totals.next
            try file.append(batch, seq: seq, at: now)
            outcome.stored.append((seq, batch))
            outcome.state.totals.next += 1
            outcome.state.totals.tweets += batch.count
            outcome.state.totals.bytes += size
        case .settle(let tag, _):
            guard let rows = outcome.state.out.removeValue(forKey: tag) else { return false }
            for row in rows { try settle(row, &outcome) }
        case .bury(let letters, _):
            guard outcome.state.deadLetters + letters.count <= settings.deadLettersMax else { return false }
            for letter in letters {
                try file.bury(origin: letter.origin, reason: letter.reason, at: now, bytes: letter.bytes.span)
            }
            outcome.state.deadLetters += letters.count
        case .redeliver:
            try file.countDeliveries()
            outcome.state.cursor = 0
            outcome.state.out = [:]
        case .receive:
            break
        }
        return true
    }

    private func settle(_ row: QueueRow, _ outcome: inout Outcome) throws(SQLiteError) {
        try file.settle(row)
        outcome.settled += 1
        outcome.state.totals.tweets -= row.count
        outcome.state.totals.bytes -= row.size
        outcome.state.totals.window.insert(key: row.seq, size: row.size)
    }

    /// Deletes what was kept for levelling and is old enough, in small steps, but faster than it comes.
    private func trim(_ outcome: inout Outcome) throws(SQLiteError) {
        let max = max(64, outcome.settled * 2)
        for row in outcome.state.totals.window.overflow(max: max) { try file.forget(row.key) }
    }

    /// The next rows, after it is written that they are handed out. Nil: there are none, or too many are out.
    /// Rows that were delivered too often become dead letters; when only such were found, the caller asks again.
    private func handOut(
        upTo tweets: Int, at now: Int64, _ outcome: inout Outcome
    ) throws(SQLiteError) -> Reception? {
        guard outcome.state.out.count < settings.unsettledDeliveriesMax else { return nil }
        let rows = try file.rows(after: outcome.state.cursor, upTo: tweets)
        guard let last = rows.last else { return nil }
        outcome.state.cursor = last.seq
        try file.setDeliveredThrough(last.seq)
        var batches: [Batch] = []
        var handed: [QueueRow] = []
        for row in rows {
            let batch = try body(row.seq, outcome.stored)
            if row.deliveries < settings.deliveryLimit || outcome.state.deadLetters >= settings.deadLettersMax {
                batches.append(batch)
                handed.append(row)
            } else {
                let reason = "delivered \(row.deliveries) times"
                try file.bury(origin: row.seq, reason: reason, at: now, bytes: batch.bytes.span)
                outcome.state.deadLetters += 1
                try settle(row, &outcome)
            }
        }
        guard !handed.isEmpty else { return .unavailable("\(rows.count) batches became dead letters") }
        outcome.state.lastTag += 1
        outcome.state.out[outcome.state.lastTag] = handed
        return .delivery(Delivery(batches: batches, first: 0, next: 0, tag: outcome.state.lastTag))
    }

    private func body(_ seq: Int64, _ stored: [(Int64, Batch)]) throws(SQLiteError) -> Batch {
        if let first = stored.first?.0, seq >= first { return stored[Int(seq - first)].1 }
        if let batch = memory[seq] { return batch }
        return try file.batch(seq)
    }
}
