/// Whether and when a request is sent again: a pure decision.
struct RetryPolicy {
    /// How often at most.
    let retries: Int
    /// Tweets bring their ids, so that sending twice cannot count twice.
    let ownIDs: Bool

    /// 60 s: a server that asks for more is answered with less, because a run has an end.
    static let pauseMax: Int64 = 60_000_000_000

    /// - Parameters:
    ///   - attempts: how often it was sent.
    ///   - retryAfter: seconds, as the server asked.
    /// - Returns: nanoseconds to wait; nil: the outcome stands.
    func pause(after outcome: Outcome, attempts: Int, retryAfter: Int?) -> Int64? {
        guard attempts <= retries else { return nil }
        switch outcome {
        case .accepted, .spooled, .rejected: return nil
        case .unknown where !ownIDs: return nil
        case .unknown, .unavailable: break
        }
        if let retryAfter { return min(Int64(retryAfter) * 1_000_000_000, Self.pauseMax) }
        return backOff(attempts: attempts)
    }

    /// 0.1 s, doubled each time, up to 5 s.
    private func backOff(attempts: Int) -> Int64 { min(100_000_000 << Int64(min(attempts - 1, 8)), 5_000_000_000) }

    /// What a request with several attempts came to. One that was unknown before may be stored, whatever a later answer
    /// says of itself: only an answer that takes it settles that.
    static func combined(_ last: Outcome, wasUnknown: Bool) -> Outcome {
        wasUnknown && !last.isStored ? .unknown : last
    }
}
