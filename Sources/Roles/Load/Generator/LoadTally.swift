/// What a run came to so far.
struct LoadTally {
    struct Count: Equatable {
        var requests = 0
        var tweets = 0
    }

    /// By outcome; a request of an array counts under its own outcome, its refused tweets under `rejected`.
    private(set) var counts = [Count](repeating: Count(), count: Outcome.allCases.count)
    /// Why requests were not stored.
    private(set) var reasons: [String: Int] = [:]
    /// From the intended send time to the answer, of every request that was stored or whose outcome is unknown.
    private(set) var latency = LatencyHistogram()
    /// The same from the moment in which its last attempt was sent.
    private(set) var service = LatencyHistogram()
    private(set) var retries = 0
    private(set) var connects = 0
    private(set) var connectFailures = 0
    private(set) var lastConnectError: SocketError?
    private(set) var bytesSent = 0

    /// How late a request was sent at worst, whatever the cause.
    private(set) var latenessMax: Int64 = 0
    /// The part of it for which no connection was to blame: the generator itself was late.
    private(set) var ownLatenessMax: Int64 = 0
    /// Requests that found no free connection when it was their time.
    private(set) var waitedForConnection = 0

    /// More kinds of reasons than this are counted as "other": they come from outside.
    static let reasonsMax = 32

    subscript(outcome: Outcome) -> Count { counts[outcome.index] }
    var requests: Int { counts.reduce(0) { $0 + $1.requests } }
    var tweets: Int { counts.reduce(0) { $0 + $1.tweets } }
    var storedTweets: Int { self[.accepted].tweets + self[.spooled].tweets }

    mutating func ended(_ answer: GatewayAnswer, tweets: Int, latency: Int64, service: Int64) {
        counts[answer.outcome.index].requests += 1
        counts[answer.outcome.index].tweets += tweets - answer.rejected.count
        if !answer.rejected.isEmpty {
            counts[Outcome.rejected.index].tweets += answer.rejected.count
            add(reason: "in an array", answer.rejected.count)
        }
        if let reason = answer.reason { add(reason: reason, 1) }
        guard answer.outcome.isStored || answer.outcome == .unknown else { return }
        self.latency.record(nanoseconds: latency)
        self.service.record(nanoseconds: service)
    }

    private mutating func add(reason: String, _ count: Int) {
        let isKnown = reasons[reason] != nil || reasons.count < Self.reasonsMax
        reasons[isKnown ? reason : "other", default: 0] += count
    }

    /// - Parameters:
    ///   - lateness: how long after its intended time it is sent.
    ///   - free: how long a connection had been free by then.
    mutating func started(lateness: Int64, free: Int64, bytes: Int) {
        bytesSent += bytes
        latenessMax = max(latenessMax, lateness)
        ownLatenessMax = max(ownLatenessMax, min(lateness, free))
        if free < lateness { waitedForConnection += 1 }
    }

    mutating func retried() { retries += 1 }
    mutating func connected() { connects += 1 }
    mutating func connectFailed(_ error: SocketError) {
        (connectFailures, lastConnectError) = (connectFailures + 1, error)
    }
}
