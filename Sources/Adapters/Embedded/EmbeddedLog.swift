import Lifecycle
package import Pipeline
import SQLite
import Synchronization
package import Telemetry
package import Tweets

/// The kafka leg without Kafka: an append-only log with dense offsets in one SQLite file, a row a published batch.
///
/// A writer thread takes everything that waits into one transaction and answers when its commit is on disk. A reader
/// thread hands out batches, from memory when the consumer keeps up; it is where `receive`'s `done` runs.
/// One process and one object a file: see `DataFolder`.
package final class EmbeddedLog: Leg, TweetSource {
    enum Work: Sendable {
        /// `isBounded`: not beyond `LegSettings.bytesMax`.
        case publish(Batch, isBounded: Bool, @Sendable (Receipts) -> Void)
        case bury([DeadLetter], @Sendable (Bool) -> Void)
    }

    enum Request: Sendable {
        case receive(from: Offset, upTo: Int, @Sendable (Reception) -> Void)
        case wake
    }

    private let path: String
    private let settings: LegSettings
    private let shared: LogShared
    private let inFlight: InFlightLimit
    private let writer: BatchThread<LogWriter, Work>
    private let reader: BatchThread<LogReading, Request>

    /// Opens the file, made when it is absent. Blocks; throws `StorageError`.
    ///
    /// - Parameter counted: up to where the store has counted. A log that ends before it (it was deleted, or is an
    ///   older copy) goes on there: offsets that were counted once would be left out.
    package init(path: String, _ settings: LegSettings, counted: Offset = 0, log: Log) throws {
        let shared = LogShared(memoryBytesMax: settings.memoryBytesMax)
        let inFlight = InFlightLimit(publishesMax: settings.publishesMax, bytesMax: settings.publishBytesMax)
        self.path = path
        self.settings = settings
        self.shared = shared
        self.inFlight = inFlight
        writer = try BatchThread(name: "kafka-log", capacity: settings.publishesMax + 64) {
            try LogWriter(path: path, settings, counted: counted, shared, inFlight, log)
        } body: {
            $0.work($1)
        }
        reader = try BatchThread(name: "kafka-log-read", capacity: 64) {
            LogReading(file: try LogReader(path: path), shared)
        } body: {
            $0.work($1)
        }
        shared.wakeReader.withLock { [weak reader] in $0 = { _ = reader?.submit(.wake) } }
    }

    /// Answers on the writer's thread after the commit; `unavailable` at once when too much is unanswered or it is
    /// closed.
    package func publish(_ batch: Batch, _ done: @escaping @Sendable (Receipts) -> Void) {
        publish(batch, isBounded: true, done)
    }

    /// As `publish`, also beyond `LegSettings.bytesMax`: for `Levelling`, which brings little, and only what the other
    /// leg has already. A full leg could never be levelled, because its consumer starts after that.
    package func restore(_ batch: Batch, _ done: @escaping @Sendable (Receipts) -> Void) {
        publish(batch, isBounded: false, done)
    }

    private func publish(_ batch: Batch, isBounded: Bool, _ done: @escaping @Sendable (Receipts) -> Void) {
        let size = batch.bytes.count
        guard size <= publishSizeMax else { return done(.all(.rejected)) }
        guard inFlight.enter(size) else { return done(.all(.unavailable)) }
        if !writer.submit(.publish(batch, isBounded: isBounded, done)) {
            inFlight.leave(size)
            done(.all(.unavailable))
        }
    }

    /// `closed` after `close()`. Answers on a thread of its own.
    package func receive(from: Offset, upTo tweets: Int, _ done: @escaping @Sendable (Reception) -> Void) {
        if !reader.submit(.receive(from: from, upTo: tweets, done)) {
            done(shared.isClosed.load(ordering: .relaxed) ? .closed : .unavailable("too many calls at once"))
        }
    }

    /// Remembered in memory and written with the next batch: the truth is in the store. Answers before it returns.
    package func settle(_ delivery: Delivery, _ done: @escaping @Sendable (Bool) -> Void) {
        shared.settle(delivery.next)
        done(true)
    }

    /// False when the disk refuses, or `deadLettersMax` are kept already.
    package func bury(_ letters: [DeadLetter], _ done: @escaping @Sendable (Bool) -> Void) {
        if !writer.submit(.bury(letters, done)) { done(false) }
    }

    /// From atomics. After a start the lag counts from the last settled offset on disk until the consumer says where
    /// the store stands.
    package var backlog: Backlog { shared.backlog }

    /// The last published batches, oldest first, whether counted or not: for `Levelling`, before publishing begins.
    /// Blocks; at most `settings.tail`.
    package func tail(_ limit: Int = .max) throws -> [Batch] {
        try readTail(
            path: path, key: "first", TailBound(rows: min(limit, settings.tail.rows), bytes: settings.tail.bytes))
    }

    /// What was accepted is still written and answered; a waiting `receive` gets `.closed`. Idempotent.
    package func close() {
        shared.isClosed.store(true, ordering: .relaxed)
        writer.close()
        reader.close()
    }

    /// Returns when both connections are closed.
    package func closed() async {
        await writer.closed()
        await reader.closed()
    }
}

/// SQLite's own bound on a blob is 1,000,000,000 bytes; more than this no leg takes.
let publishSizeMax = 256 << 20

/// What the threads of a log share.
final class LogShared: Sendable {
    struct Memory {
        var batches: RecentBatches
        /// The offset behind the last committed tweet.
        var next: Offset = 0
        var isReaderWaiting = false
    }

    let memory: Mutex<Memory>
    let settled = Atomic<Int64>(0)
    let next = Atomic<Int64>(0)
    let deadLetters = Atomic<Int>(0)
    let isClosed = Atomic<Bool>(false)
    let wakeReader = Mutex<@Sendable () -> Void>({})

    init(memoryBytesMax: Int) { memory = Mutex(Memory(batches: RecentBatches(bytesMax: memoryBytesMax))) }

    func settle(_ offset: Offset) { settled.max(offset, ordering: .relaxed) }

    var backlog: Backlog {
        let lag = next.load(ordering: .relaxed) - settled.load(ordering: .relaxed)
        return Backlog(lag: max(0, Int(lag)), deadLetters: deadLetters.load(ordering: .relaxed))
    }

    /// On the writer's thread, after a commit; keys are first offsets.
    func committed(_ batches: [(Int64, Batch)], next: Offset) {
        let mustWake = memory.withLock { memory in
            for (first, batch) in batches { memory.batches.append(key: first, batch) }
            memory.next = next
            defer { memory.isReaderWaiting = false }
            return memory.isReaderWaiting
        }
        self.next.store(next, ordering: .relaxed)
        if mustWake { wakeReader.withLock { $0 }() }
    }
}
