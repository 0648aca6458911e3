import Embedded
import HTTP
import Lifecycle
import Pipeline
import Telemetry
import Tweets

/// One side of the pipeline in this process: a leg, the store behind it and the consumer between them.
struct Side: Sendable {
    let leg: any Leg & TweetSource
    let store: any CountStore
    let consumer: Consumer
    let latency: Histogram
    /// The last published batches, for levelling.
    let tail: @Sendable () throws -> [Batch]
    /// Brings what only the other leg has.
    let restore: @Sendable (Batch, @escaping @Sendable (Receipts) -> Void) -> Void
    /// What is closed at the end, the consumer's work done.
    let close: @Sendable () async -> Void
    /// What the leg and its store are, for people.
    let broker: String
    let storeName: String

    /// Opens the embedded parts of one side. Blocks.
    static func embedded(_ name: LegName, in folder: DataFolder, _ settings: UpSettings, log: Log) throws -> Side {
        let store = try EmbeddedStore(
            path: name == .kafka ? folder.redisCounts : folder.valkeyCounts,
            name: name == .kafka ? "redis-counts" : "valkey-counts", settings.store, log: log.named("store"))
        switch name {
        case .kafka:
            let leg = try EmbeddedLog(
                path: folder.kafkaLog, settings.leg(name), counted: store.counted, log: log.named("kafka-log"))
            return Side(
                name, leg: leg, store: store, settings, tail: { try leg.tail() }, restore: { leg.restore($0, $1) },
                close: {
                    leg.close()
                    await leg.closed()
                }, broker: "embedded log")
        case .rabbitmq:
            let leg = try EmbeddedQueue(
                path: folder.rabbitmqQueue, settings.leg(name), log: log.named("rabbitmq-queue"))
            return Side(
                name, leg: leg, store: store, settings, tail: { try leg.tail() }, restore: { leg.restore($0, $1) },
                close: {
                    leg.close()
                    await leg.closed()
                }, broker: "embedded queue")
        }
    }

    private init(
        _ name: LegName, leg: any Leg & TweetSource, store: EmbeddedStore, _ settings: UpSettings,
        tail: @escaping @Sendable () throws -> [Batch],
        restore: @escaping @Sendable (Batch, @escaping @Sendable (Receipts) -> Void) -> Void,
        close closeLeg: @escaping @Sendable () async -> Void, broker: String
    ) {
        let latency = Histogram(
            "weather_tweets_counted_seconds", "From accepted to counted.",
            seconds: [0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60])
        self.leg = leg
        self.store = store
        self.latency = latency
        self.tail = tail
        self.restore = restore
        close = {
            await closeLeg()
            store.close()
            await store.closed()
        }
        self.broker = broker
        storeName = "embedded counts"
        consumer = Consumer(
            source: leg, store: store, ordered: name == .kafka, limits: settings.consumer, clock: monotonicMoment
        ) { columns, flags in record(columns, flags, latency) }
    }
}

let monotonicMoment: @Sendable () -> Moment = { Moment(nanoseconds: Monotonic.now) }

/// One histogram call for each run of tweets that were accepted together.
private func record(_ columns: Columns, _ flags: [Bool], _ latency: Histogram) {
    let now = Int64(WallTime.now().milliseconds)
    var run = (accepted: Int64(0), count: 0)
    func end() { if run.count > 0 { latency.record(nanoseconds: (now - run.accepted) * 1_000_000, count: run.count) } }
    for index in 0..<columns.count where flags[index] {
        if columns.accepted[index] != run.accepted {
            end()
            run = (columns.accepted[index], 0)
        }
        run.count += 1
    }
    end()
}
