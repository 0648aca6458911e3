/// When each request should be sent: a pure value, in nanoseconds since the start of the run.
///
/// Open loop: request n is meant for n · interval, whatever the answers do; what is sent late keeps its intended time,
/// and latency counts from there (no coordinated omission). Closed loop: a request is due whenever a connection is
/// free.
struct Schedule: Equatable {
    /// Nanoseconds between two requests; nil: closed loop.
    let interval: Double?
    /// Requests that are meant to be sent at all; nil: no bound.
    let count: Int?
    /// Nothing is due from here on; nil: no bound.
    let duration: Int64?
    /// What was meant for before the end is still sent when it is late by no more than this: 0.1 s, an instant of a
    /// busy machine. Of a closed loop there is none.
    private var grace: Int64 { interval == nil ? 0 : 100_000_000 }
    /// Requests already taken.
    private(set) var taken = 0

    /// - Parameters:
    ///   - rate: tweets a second; nil: as fast as the answers come.
    ///   - batch: tweets a request.
    init(rate: Double?, batch: Int, count: Int?, duration: Int64?) {
        interval = rate.map { 1e9 * Double(batch) / $0 }
        self.count = count
        self.duration = duration
    }

    /// When the next request is meant to be sent; nil: the schedule is at its end. Of a closed loop `now`.
    func next(at now: Int64) -> Int64? {
        if let count, taken >= count { return nil }
        let time = interval.map { Int64($0 * Double(taken)) } ?? now
        if let duration, time >= duration || now >= duration + grace { return nil }
        return time
    }

    /// The intended time of a request that is due, which is then taken.
    mutating func take(at now: Int64) -> Int64? {
        guard let time = next(at: now), time <= now else { return nil }
        taken += 1
        return time
    }

    /// Requests that were meant for before `now` (or before the end) and are not taken: how far the run is behind.
    func missed(at now: Int64) -> Int {
        guard let interval else { return 0 }
        let until = min(now, duration ?? .max)
        let meant = Int((Double(until) / interval).rounded(.up))
        return max(0, min(meant, count ?? .max) - taken)
    }
}
