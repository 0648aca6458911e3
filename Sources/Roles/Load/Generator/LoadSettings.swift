/// What `weather-tweets load` is asked to do. Every property has the default that the command has.
package struct LoadSettings: Sendable, Equatable {
    /// `http://` host, port and path; the host is an IPv4 or IPv6 literal or `localhost`.
    package var target = "http://127.0.0.1:8080/input"
    /// How fast: open loop at a rate, or closed loop.
    package var rate = LoadRate.max
    /// Open connections, one request at a time on each; 1 to 10,000.
    package var connections = 64
    /// Nothing is sent after this time; nil: as long as `requests` takes. Neither: 10 s.
    package var duration: Duration?
    /// Requests in all; nil: as many as `duration` holds.
    package var requests: Int?
    /// Tweets in a request: 1 is a single object, more an array; 1 to 10,000.
    package var batch = 1
    /// Sends lines (`application/x-ndjson`) in place of an object or array.
    package var ndjson = false
    /// Makes the same tweets, and the same random part of ids, again.
    package var seed: UInt64 = 1
    /// Gives each tweet a UUIDv7 of its intended send time, so that any failed request may be sent again.
    package var ownIDs = false
    /// NDJSON or a JSON array of tweets to cycle through; nil: made tweets.
    package var dataFile: String?
    /// Holds the bearer token; nil: none is sent. There is no other way to give it, because others can read arguments.
    package var tokenFile: String?
    /// How often a request may be sent again with the same ids: after 429 and 503 (as `Retry-After` says), and, with
    /// `ownIDs`, also when its outcome is unknown.
    package var retries = 0
    /// A request without a complete answer after this is `unknown`, its connection closed.
    package var timeout: Duration = .seconds(5)
    /// Where each request is written down for `audit`; appended to. Nil: nowhere.
    package var ledger: String?
    /// No progress.
    package var quiet = false
    /// The report as one JSON object.
    package var json = false

    package init() {}

    /// What is wrong with the settings, each with its name first; empty when nothing is.
    package var problems: [String] {
        var problems = [String]()
        if HTTPTarget(target) == nil {
            problems.append(
                "target: must be http://HOST[:PORT]/PATH with HOST an address or localhost, not '\(target)'")
        }
        if !(1...10_000).contains(connections) { problems.append("connections: must be 1 to 10,000") }
        if !(1...10_000).contains(batch) { problems.append("batch: must be 1 to 10,000") }
        if !(0...100).contains(retries) { problems.append("retries: must be 0 to 100") }
        if let requests, requests < 1 { problems.append("requests: must be at least 1") }
        if let duration, duration <= .zero { problems.append("duration: must be above 0") }
        if timeout < .milliseconds(1) || timeout > .seconds(600) { problems.append("timeout: must be 1 ms to 10 min") }
        return problems
    }
}

/// Tweets a second, or as fast as the connections allow.
package enum LoadRate: Sendable, Equatable, CustomStringConvertible {
    /// Closed loop: each connection sends the next request when it has the answer.
    case max
    /// Open loop: requests are sent when it is their time, at this many tweets a second.
    case perSecond(Double)

    /// `max`, or a number above 0.
    package init?(_ text: String) {
        if text == "max" {
            self = .max
        } else if let rate = Double(text), rate > 0, rate <= 1e9 {
            self = .perSecond(rate)
        } else {
            return nil
        }
    }

    /// As `init` reads it.
    package var description: String {
        switch self {
        case .max: "max"
        case .perSecond(let rate): rate == rate.rounded() ? "\(Int(rate))" : "\(rate)"
        }
    }
}
