import Telemetry

enum StatusClass: String, MetricLabel {
    case success = "2xx"
    case redirection = "3xx"
    case clientError = "4xx"
    case serverError = "5xx"

    static var labelName: String { "class" }

    init(status: Int) {
        switch status {
        case ..<300: self = .success
        case ..<400: self = .redirection
        case ..<500: self = .clientError
        default: self = .serverError
        }
    }

    var index: Int {
        switch self {
        case .success: 0
        case .redirection: 1
        case .clientError: 2
        case .serverError: 3
        }
    }
}

/// What one server counts. The server's name stands in front: one process exposes the metrics of several servers.
struct HTTPMetrics: Sendable {
    let answers: CounterFamily<StatusClass>
    let connections: Gauge
    let refusedFraming: Counter
    let cut: Counter

    init(server name: String) {
        let prefix = String(name.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }) + "_http"
        answers = CounterFamily(
            "\(prefix)_requests_total", "Requests answered, by class of status; malformed ones are not among them.")
        connections = Gauge("\(prefix)_connections", "Open connections.")
        refusedFraming = Counter(
            "\(prefix)_refused_framing_total", "Requests whose end is ambiguous: refused, connection closed.")
        cut = Counter(
            "\(prefix)_cut_total", "Connections cut because a deadline passed or a body or stream grew over its limit.")
    }

    var all: [any Metric] { [answers, connections, refusedFraming, cut] }
}
