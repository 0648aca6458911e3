package import Telemetry

/// How a request ended; the label of its metrics.
package enum RequestOutcome: String, MetricLabel {
    case stored
    case spooled
    case refused
    case unavailable
    case unknown

    package static var labelName: String { "outcome" }

    /// The place in `allCases`.
    package var index: Int {
        switch self {
        case .stored: 0
        case .spooled: 1
        case .refused: 2
        case .unavailable: 3
        case .unknown: 4
        }
    }
}

/// Everything that the gateway measures.
package struct GatewayMetrics: Sendable {
    package let requests = CounterFamily<RequestOutcome>(
        "weather_tweets_gateway_requests_total",
        "Requests to /input: stored (200), spooled (202), refused (4xx), unavailable (429, 503), unknown (503)."
    )
    package let tweets = CounterFamily<RequestOutcome>(
        "weather_tweets_gateway_tweets_total",
        "Tweets of those requests by outcome; refused are those that were not valid.")
    package let latency = Histogram(
        "weather_tweets_gateway_request_seconds", "From a complete request to its answer.",
        seconds: [0.0005, 0.001, 0.002, 0.004, 0.008, 0.015, 0.03, 0.06, 0.125, 0.25, 0.5, 1, 3])
    package let groups = Counter(
        "weather_tweets_gateway_groups_total", "Groups of requests that were committed together.")
    package let inFlight = Gauge("weather_tweets_gateway_in_flight_tweets", "Tweets admitted and not yet answered.")

    package init() {}

    package var all: [any Metric] { [requests, tweets, latency, groups, inFlight] }
}
