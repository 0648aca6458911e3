import Glibc

/// A clock that only goes forward: for deadlines and for how long something took.
package enum Monotonic {
    /// Nanoseconds since some moment in the past.
    package static var now: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// The time since `start`, which was `now` then.
    package static func elapsed(since start: Int64) -> Duration { .nanoseconds(now - start) }
}

extension Duration {
    /// Whole nanoseconds; stays at the largest value instead of overflowing (292 years).
    package var inNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : whole + attoseconds / 1_000_000_000
    }
}
