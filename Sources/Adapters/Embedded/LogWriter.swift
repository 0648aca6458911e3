import Pipeline
import SQLite
import Synchronization
import Telemetry
import Tweets

/// The writer thread of a log: everything that waits becomes one transaction.
final class LogWriter {
    private var file: LogFile
    private let settings: LegSettings
    private let shared: LogShared
    private let inFlight: InFlightLimit
    private var health: Health
    /// Bytes before the settled offset, as far as they were looked up: never more than they are.
    private var settledBytes: Int64 = 0
    private var settledOnDisk: Int64
    private var mustReload = false

    init(
        path: String, _ settings: LegSettings, counted: Offset, _ shared: LogShared, _ inFlight: InFlightLimit,
        _ log: Log
    ) throws {
        file = try LogFile(path: path, settings.storage, tail: settings.tail, begin: counted)
        (self.settings, self.shared, self.inFlight) = (settings, shared, inFlight)
        health = Health(log)
        settledOnDisk = try file.settled()
        shared.settle(max(settledOnDisk, counted))
        shared.deadLetters.store(try file.deadLetterCount(), ordering: .relaxed)
        shared.committed([], next: file.ends.next)
    }

    /// What one transaction did, until its commit is known.
    private struct Outcome {
        var ends: LogFile.Ends
        var stored: [(Int64, Batch)] = []
        /// By place in the work: false for a batch that found no room.
        var isStored: [Bool] = []
        var letters = 0
        var settled: Int64
    }

    func work(_ work: [EmbeddedLog.Work]) {
        do throws(TransactionError) {
            let outcome = try write(work)
            health.succeeded()
            file.commit(outcome.ends)
            settledOnDisk = outcome.settled
            shared.deadLetters.add(outcome.letters, ordering: .relaxed)
            shared.committed(outcome.stored, next: outcome.ends.next)
            for (place, item) in work.enumerated() { answer(item, outcome.isStored[place] ? .stored : .unavailable) }
        } catch {
            health.failed(error)
            mustReload = true
            for item in work { answer(item, error.isInDoubt ? .unknown : .unavailable) }
        }
    }

    private func answer(_ item: EmbeddedLog.Work, _ receipt: Receipt) {
        switch item {
        case .publish(let batch, _, let done):
            inFlight.leave(batch.bytes.count)
            done(.all(receipt))
        case .bury(_, let done):
            done(receipt == .stored)
        }
    }

    private func write(_ work: [EmbeddedLog.Work]) throws(TransactionError) -> Outcome {
        if mustReload {
            do { try file.reload() } catch { throw TransactionError(cause: error, isInDoubt: false) }
            mustReload = false
        }
        let now = settings.storage.clock()
        let settled = min(shared.settled.load(ordering: .relaxed), file.ends.next)
        var outcome = Outcome(ends: file.ends, settled: settled)
        var settledBytes = settledBytes
        try file.transaction { () throws(SQLiteError) in
            for item in work {
                var isStored = true
                switch item {
                case .publish(let batch, let isBounded, _):
                    if isBounded {
                        isStored = try hasRoom(batch.bytes.count, outcome.ends, settled, &settledBytes)
                    }
                    guard isStored else { break }
                    outcome.stored.append((outcome.ends.next, batch))
                    try file.append(batch, at: now, to: &outcome.ends)
                case .bury(let letters, _):
                    let kept = shared.deadLetters.load(ordering: .relaxed) + outcome.letters
                    isStored = kept + letters.count <= settings.deadLettersMax
                    guard isStored else { break }
                    for letter in letters {
                        try file.bury(
                            origin: letter.origin, reason: letter.reason, at: now, bytes: letter.bytes.span)
                    }
                    outcome.letters += letters.count
                }
                outcome.isStored.append(isStored)
            }
            if settled > settledOnDisk { try file.setSettled(settled) }
            let written = outcome.ends.bytes - file.ends.bytes
            try file.trim(
                &outcome.ends, settled: settled, bytesMax: settings.bytesMax,
                oldestAt: now - settings.ageMax.milliseconds, budget: max(1 << 20, Int(written) * 2))
        }
        self.settledBytes = settledBytes
        return outcome
    }

    /// Whether the uncounted bytes stay below their bound; one batch may come whatever its size. Where the settled
    /// offset stands is looked up only near the bound.
    private func hasRoom(
        _ size: Int, _ ends: LogFile.Ends, _ settled: Int64, _ settledBytes: inout Int64
    ) throws(SQLiteError) -> Bool {
        let end = ends.bytes + Int64(size)
        if end - settledBytes <= settings.bytesMax { return true }
        settledBytes = settled >= ends.next ? ends.bytes : try file.bytes(before: settled)
        return ends.bytes == settledBytes || end - settledBytes <= settings.bytesMax
    }
}

/// Says once that writing fails, and once that it works again.
struct Health {
    private let log: Log
    private var failures = 0

    init(_ log: Log) { self.log = log }

    mutating func failed(_ error: TransactionError) {
        failures += 1
        if failures == 1 { log.error("cannot write", ["error": .string(error.description)]) }
    }

    mutating func succeeded() {
        guard failures > 0 else { return }
        log.info("can write again", ["failures": .int(failures)])
        failures = 0
    }
}

extension Duration {
    /// Whole milliseconds.
    var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
