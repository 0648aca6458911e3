import Lifecycle
package import Pipeline
import Synchronization
package import Telemetry

/// The counts behind one leg in a Redis or Valkey server: what was seen, counts and offset of a batch in one script.
///
/// One thread counts, with a connection of its own, and another one looks; both connect again by themselves, and while
/// they cannot, every call is answered at once or after `timeout`. A lost answer is `unavailable`: the batch may be
/// counted or not, and applying it again counts the rest of it.
package final class RedisStore: CountStore {
    struct Work: Sendable {
        var batch: CountBatch
        var done: @Sendable (Applied) -> Void
    }

    enum Look: Sendable {
        case offset(@Sendable (Offset?) -> Void)
        case snapshot(@Sendable (StoreSnapshot?) -> Void)
    }

    /// What it is, for people: product, version and address as far as they were known at the start.
    package let name: String
    private let writer: BatchThread<StoreWriter, Work>
    private let reader: BatchThread<StoreReader, Look>

    /// Connects once. Blocks, at most a few times `settings.timeout`. A server that is away is no error: it is tried
    /// again whenever there is something to count.
    ///
    /// - Parameter name: of its threads, at most 9 bytes.
    /// - Throws: `RedisStoreError` when waiting would not help: it does not let us in, it would lose counts, it holds
    ///   those of another pipeline. Or `ThreadError`.
    package init(name: String, _ settings: RedisStoreSettings, log: Log) throws {
        let found = FactsAtStart()
        writer = try BatchThread(name: "\(name)-store", capacity: settings.appliesMax) {
            let writer = try StoreWriter(settings, log)
            found.value.withLock { $0 = writer.facts }
            return writer
        } body: {
            $0.work($1)
        }
        reader = try BatchThread(name: "\(name)-look", capacity: 64) {
            StoreReader(settings)
        } body: {
            $0.look($1)
        }
        let server = found.value.withLock { $0 }
        self.name = (server.map { "\($0.product) \($0.version)" } ?? name) + " at \(settings.address)"
    }

    /// `elsewhere` whenever the stored offset is not the batch's first one, also when the batch overlaps it.
    package func apply(_ batch: CountBatch, _ done: @escaping @Sendable (Applied) -> Void) {
        if !writer.submit(Work(batch: batch, done: done)) { done(.unavailable("too many batches wait, or closed")) }
    }

    package func offset(_ done: @escaping @Sendable (Offset?) -> Void) {
        if !reader.submit(.offset(done)) { done(nil) }
    }

    package func snapshot(_ done: @escaping @Sendable (StoreSnapshot?) -> Void) {
        if !reader.submit(.snapshot(done)) { done(nil) }
    }

    /// What was accepted is still counted and answered. Idempotent.
    package func close() {
        writer.close()
        reader.close()
    }

    /// Returns when both connections are closed.
    package func closed() async {
        await writer.closed()
        await reader.closed()
    }
}

/// What the writer's thread found while it opened.
private final class FactsAtStart: Sendable {
    let value = Mutex<ServerFacts?>(nil)
}
