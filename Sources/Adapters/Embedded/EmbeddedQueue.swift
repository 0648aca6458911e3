import Lifecycle
package import Pipeline
import SQLite
import Synchronization
package import Telemetry
package import Tweets

/// The rabbitmq leg without RabbitMQ: an acknowledged queue in one SQLite file, a row a published batch.
///
/// - A batch that was handed out and not settled comes again after the file was opened again or after `redeliver()`,
///   not before: `settle` that answered false may simply be asked again.
/// - That it is handed out is on disk before it is, so that one that kills its consumer is counted: when it was handed
///   out `deliveryLimit` times it becomes a dead letter instead.
/// - One thread does all work on the file, everything that waits in one transaction; `receive`'s `done` runs on
///   another, so that a consumer that thinks in it holds up no commit.
///
/// One process and one object a file: see `DataFolder`.
package final class EmbeddedQueue: Leg, TweetSource {
    enum Work: Sendable {
        /// `isBounded`: not beyond `LegSettings.bytesMax`.
        case publish(Batch, isBounded: Bool, @Sendable (Receipts) -> Void)
        case receive(upTo: Int, @Sendable (Reception) -> Void)
        case settle(tag: Offset, @Sendable (Bool) -> Void)
        case bury([DeadLetter], @Sendable (Bool) -> Void)
        case redeliver(@Sendable (Bool) -> Void)
    }

    typealias Call = @Sendable () -> Void

    private let path: String
    private let settings: LegSettings
    private let shared = QueueShared()
    private let inFlight: InFlightLimit
    private let writer: BatchThread<QueueWriter, Work>
    private let caller: BatchThread<Void, Call>

    /// Opens the file, made when it is absent. Blocks; throws `StorageError`.
    package init(path: String, _ settings: LegSettings, log: Log) throws {
        let inFlight = InFlightLimit(publishesMax: settings.publishesMax, bytesMax: settings.publishBytesMax)
        self.path = path
        self.settings = settings
        self.inFlight = inFlight
        let caller = try BatchThread<Void, Call>(name: "queue-deliver", capacity: 64) {
        } body: { _, calls in
            for call in calls { call() }
        }
        self.caller = caller
        let shared = shared
        let capacity = settings.publishesMax + settings.unsettledDeliveriesMax + 64
        writer = try BatchThread(name: "rabbitmq-queue", capacity: capacity) {
            // A `receive` is answered there; it holds one place at most, so the mailbox is never full.
            let deliver: @Sendable (@escaping Call) -> Void = { if !caller.submit($0) { $0() } }
            return try QueueWriter(path: path, settings, shared, inFlight, deliver, log)
        } body: {
            $0.work($1)
        }
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
        if !writer.submit(.receive(upTo: tweets, done)) {
            done(shared.isClosed.load(ordering: .relaxed) ? .closed : .unavailable("too many calls at once"))
        }
    }

    /// False when the disk refuses (ask again), and for a tag that is not handed out: settled, or to come again.
    package func settle(_ delivery: Delivery, _ done: @escaping @Sendable (Bool) -> Void) {
        if !writer.submit(.settle(tag: delivery.tag, done)) { done(false) }
    }

    /// False when the disk refuses, or `deadLettersMax` are kept already.
    package func bury(_ letters: [DeadLetter], _ done: @escaping @Sendable (Bool) -> Void) {
        if !writer.submit(.bury(letters, done)) { done(false) }
    }

    /// Everything that was handed out and not settled comes again; its tags end. For a consumer that starts anew in the
    /// same process.
    package func redeliver(_ done: @escaping @Sendable (Bool) -> Void) {
        if !writer.submit(.redeliver(done)) { done(false) }
    }

    /// From atomics: as of the last commit.
    package var backlog: Backlog { shared.backlog }

    /// The last published batches, oldest first, whether counted or not: for `Levelling`, before publishing begins.
    /// Blocks; at most `settings.tail`.
    package func tail(_ limit: Int = .max) throws -> [Batch] {
        try readTail(
            path: path, key: "seq", TailBound(rows: min(limit, settings.tail.rows), bytes: settings.tail.bytes))
    }

    /// What was accepted is still written and answered; a waiting `receive` gets `.closed`. Idempotent.
    package func close() {
        shared.isClosed.store(true, ordering: .relaxed)
        writer.close()
    }

    /// Returns when the file is closed and every `receive` is answered.
    package func closed() async {
        await writer.closed()
        caller.close()
        await caller.closed()
    }
}

/// What is seen of a queue from any thread.
final class QueueShared: Sendable {
    let tweets = Atomic<Int>(0)
    let deadLetters = Atomic<Int>(0)
    let isClosed = Atomic<Bool>(false)

    var backlog: Backlog {
        Backlog(lag: tweets.load(ordering: .relaxed), deadLetters: deadLetters.load(ordering: .relaxed))
    }
}
