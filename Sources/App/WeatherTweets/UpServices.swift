import Embedded
import Lifecycle
import Pipeline
import Synchronization
import Telemetry
import Tweets

/// A part that does nothing of its own accord and has something to finish.
struct Part: Service {
    let name: String
    private let drain: @Sendable () async -> Void

    init(_ name: String, drain: @escaping @Sendable () async -> Void) { (self.name, self.drain) = (name, drain) }

    func run(until shutdown: Shutdown) async throws {
        await shutdown.requested()
        await drain()
    }
}

/// Tells dispatcher and consumers that time has passed.
struct TickerService: Service {
    let name = "ticker"
    let sides: ByLeg<Side>
    let dispatcher: Dispatcher

    func run(until shutdown: Shutdown) async throws {
        let ticker = try Ticker(name: "ticker", every: .milliseconds(10)) {
            dispatcher.tick()
            for leg in LegName.allCases { sides[leg].consumer.tick() }
        }
        await shutdown.requested()
        ticker.stop()
        await ticker.stopped()
    }
}

/// Returns when the condition holds, or when the drain deadline has passed. Only while stopping, so it may look
/// again and again.
func until(_ condition: @Sendable () -> Bool) async {
    // Cancelled: the group says itself what was left.
    while !condition(), (try? await Task.sleep(for: .milliseconds(5))) != nil {}
}

/// Publishes to each leg what only the other has, before the doors open. Blocks; see `Levelling`.
func level(_ sides: ByLeg<Side>, log: Log) throws {
    let missing = Levelling.missing(kafka: try sides.kafka.tail(), rabbitmq: try sides.rabbitmq.tail())
    for (leg, batches) in [(LegName.kafka, missing.forKafka), (.rabbitmq, missing.forRabbitmq)] where !batches.isEmpty {
        log.info("levelling", ["leg": .string(leg.rawValue), "batches": .int(batches.count)])
        for batch in batches { try restore(batch, to: sides[leg], name: leg) }
    }
}

private func restore(_ batch: Batch, to side: Side, name: LegName) throws {
    let answers = Mailbox<Receipts>(capacity: 1)
    side.restore(batch) { _ = answers.send($0) }
    var answer: [Receipts] = []
    _ = answers.take(into: &answer, deadline: Monotonic.now + 30_000_000_000)
    guard answer.first == .all(.stored) else {
        throw StartError(
            "the \(name.rawValue) leg does not take what the other one has; is the disk full? Make room and start again"
        )
    }
}
