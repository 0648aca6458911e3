import Pipeline

/// What one look at everything found.
///
/// What is under way was read *before* the stores were asked. So when two looks, one after the other, find nothing
/// under way at the second and the same totals at both, then what the first one found was at rest: that is what the
/// audit builds on.
struct Look {
    /// What was found of one leg.
    struct Leg {
        /// The last known one if the store does not answer.
        var snapshot: StoreSnapshot
        var isReadable: Bool
        var backlog: Backlog

        /// What the leg has come to terms with: counted, or put aside.
        var settled: Int { snapshot.total + backlog.deadLetters }
    }

    var legs: ByLeg<Leg>
    /// Before the stores were asked.
    var account: GatewayAccount

    /// Tweets on their way: those that wait for their answer, and the longer of the two queues behind them.
    var underway: Int { account.inFlight + max(legs.kafka.backlog.lag, legs.rabbitmq.backlog.lag) }

    /// How many more tweets the kafka leg has settled.
    var difference: Int { legs.kafka.settled - legs.rabbitmq.settled }

    /// Zero when both counted the same tweets.
    var fingerprintDifference: UInt64 { legs.kafka.snapshot.fingerprint &- legs.rabbitmq.snapshot.fingerprint }

    var hasDeadLetters: Bool { legs.kafka.backlog.deadLetters + legs.rabbitmq.backlog.deadLetters > 0 }
}
