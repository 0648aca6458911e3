package import Pipeline
package import Tweets

/// What the gateway is told at its start.
package struct GatewaySettings: Sendable {
    package var intake = Intake<Caller>.Limits()
    package var reader = ReaderLimits()
    /// Bytes of a request's body; more is answered with 413.
    package var bodyMax = 4 << 20
    /// Tweets that are durable and not yet counted behind a leg; above it requests are answered with 429, because
    /// taking them faster than they are counted only moves the queue.
    package var lagMax = 5_000_000
    /// Bearer tokens, one of which a client must show; empty: none is asked for.
    package var tokens = Tokens([])

    package init() {}
}
