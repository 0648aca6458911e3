package import Pipeline

/// Where the figures of one leg come from. The closures are called from a thread of the dashboard, must not block,
/// and may be called up to fifty times a second.
package struct LegSource: Sendable {
    /// What the leg's broker really is, for people: "embedded log", "Kafka 127.0.0.1:9092".
    package var broker: String
    /// What its store really is, for people: "embedded counts", "Redis 127.0.0.1:6379".
    package var storeName: String
    package var store: any CountStore
    package var backlog: @Sendable () -> Backlog
    package var latency: @Sendable () -> LatencySample

    /// - Parameters:
    ///   - store: its snapshots are asked for as often as the closures are called, one at a time.
    ///   - backlog: of the leg, as `TweetSource` tells it.
    ///   - latency: of all tweets since the start of the process.
    package init(
        broker: String, storeName: String, store: any CountStore,
        backlog: @escaping @Sendable () -> Backlog, latency: @escaping @Sendable () -> LatencySample
    ) {
        (self.broker, self.storeName, self.store) = (broker, storeName, store)
        (self.backlog, self.latency) = (backlog, latency)
    }
}

/// What the gateway has answered since it started, in tweets.
package struct GatewayAccount: Sendable, Equatable {
    /// Answered 200 or 202.
    package var accepted: Int
    /// Refused for what they are.
    package var rejected: Int
    /// Answered with `"outcome":"unknown"`: a leg may have them, and the client was told to send them again.
    package var unknown: Int
    /// Read and not answered yet.
    package var inFlight: Int

    package init(accepted: Int = 0, rejected: Int = 0, unknown: Int = 0, inFlight: Int = 0) {
        (self.accepted, self.rejected, self.unknown, self.inFlight) = (accepted, rejected, unknown, inFlight)
    }
}
