import Lifecycle
package import Pipeline
import SQLite
import Synchronization
package import Telemetry

/// Bounds of an embedded store.
package struct StoreSettings: Sendable {
    /// What was seen (blocks of ours, buckets of the clients' ids) and the journal go so long after their last use.
    package var expiry = Duration.seconds(86_400)
    /// Nothing expires within this time after the start, so that what a leg delivers again after a long pause is known.
    package var expiryGrace = Duration.seconds(3600)
    /// Minutes older than this are added up in one row.
    package var minutesKept = Duration.seconds(7 * 86_400)
    /// Blocks of 16 KiB that are kept in memory.
    package var blocksMax = 64
    /// Batches that may wait; more are refused with `unavailable`.
    package var appliesMax = 64
    package var storage: StorageOptions

    package init(storage: StorageOptions) { self.storage = storage }
}

/// The counts behind one leg in one SQLite file: seen, counts, journal and offset of a batch in one transaction.
///
/// A thread of its own takes all batches that wait into one transaction and answers after its commit. What the page
/// shows is kept in memory as it was committed last, so `offset` and `snapshot` never wait. One process and one object
/// a file: see `DataFolder`.
package final class EmbeddedStore: CountStore {
    struct Work: Sendable {
        var batch: CountBatch
        var done: @Sendable (Applied) -> Void
    }

    private let shared: Shared
    private let writer: BatchThread<StoreWriter, Work>

    final class Shared: Sendable {
        let committed = Mutex(StoreSnapshot())
    }

    /// - Parameter name: of its thread, at most 15 bytes.
    /// - Throws: `StorageError`. Blocks until the file is open.
    package init(path: String, name: String, _ settings: StoreSettings, log: Log) throws {
        let shared = Shared()
        self.shared = shared
        writer = try BatchThread(name: name, capacity: settings.appliesMax) {
            try StoreWriter(file: StoreFile(path: path, settings), shared, log)
        } body: {
            $0.work($1)
        }
    }

    /// `elsewhere` whenever the stored offset is not the batch's first one, also when the batch overlaps it.
    package func apply(_ batch: CountBatch, _ done: @escaping @Sendable (Applied) -> Void) {
        if !writer.submit(Work(batch: batch, done: done)) { done(.unavailable("too many batches wait, or closed")) }
    }

    /// Of the last commit. Answers before it returns.
    package func offset(_ done: @escaping @Sendable (Offset?) -> Void) {
        done(shared.committed.withLock { $0.offset })
    }

    /// As of the last commit, all from the same one. Answers before it returns.
    package func snapshot(_ done: @escaping @Sendable (StoreSnapshot?) -> Void) {
        done(shared.committed.withLock { $0 })
    }

    /// The same as `offset`, without a closure: for the start of the log that is counted here.
    package var counted: Offset { shared.committed.withLock { $0.offset } }

    /// What was accepted is still counted and answered. Idempotent.
    package func close() { writer.close() }

    /// Returns when the file is closed.
    package func closed() async { await writer.closed() }
}

/// The thread of a store: all batches that wait become one transaction.
final class StoreWriter {
    private let file: StoreFile
    private let shared: EmbeddedStore.Shared
    private var health: Health
    private var committed: StoreSnapshot
    private var isInDoubt = false

    init(file: StoreFile, _ shared: EmbeddedStore.Shared, _ log: Log) throws {
        self.file = file
        self.shared = shared
        health = Health(log)
        committed = try file.load()
        show()
    }

    private func show() { shared.committed.withLock { $0 = committed } }

    func work(_ work: [EmbeddedStore.Work]) {
        do throws(TransactionError) {
            let answers = try write(work)
            health.succeeded()
            show()
            for (item, answer) in zip(work, answers) { item.done(answer) }
        } catch {
            isInDoubt = isInDoubt || error.isInDoubt
            health.failed(error)
            for item in work { item.done(.unavailable(error.description)) }
        }
    }

    private func write(_ work: [EmbeddedStore.Work]) throws(TransactionError) -> [Applied] {
        if isInDoubt {
            do { committed = try file.load() } catch { throw TransactionError(cause: error, isInDoubt: false) }
            isInDoubt = false
        }
        let (answers, counts) = try file.transaction(from: committed) { draft, minute throws(SQLiteError) in
            var answers: [Applied] = []
            for item in work {
                if let offsets = item.batch.offsets {
                    guard offsets.lowerBound == draft.counts.offset else {
                        answers.append(.elsewhere(draft.counts.offset))
                        continue
                    }
                    draft.counts.offset = offsets.upperBound
                }
                answers.append(.counted(try file.count(item.batch, &draft, minute: minute)))
            }
            return answers
        }
        committed = counts
        return answers
    }
}
