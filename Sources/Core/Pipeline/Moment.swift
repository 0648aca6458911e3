/// A point on a monotonic clock, in nanoseconds. The pipeline is told the time, it never asks: so a test can own it.
package struct Moment: Hashable, Comparable, Sendable {
    package let nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }

    package static func + (a: Self, b: Duration) -> Self { Self(nanoseconds: a.nanoseconds + b.inNanoseconds) }

    /// Nanoseconds from `b` to `a`.
    package static func - (a: Self, b: Self) -> Int64 { a.nanoseconds - b.nanoseconds }
}

extension Duration {
    /// Whole nanoseconds; the pipeline's durations are seconds, not centuries.
    var inNanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}

/// How long to wait before trying again: doubled each time, between two bounds.
package struct Backoff: Sendable, Equatable {
    package var initial: Duration
    package var longest: Duration

    package init(initial: Duration, longest: Duration) { (self.initial, self.longest) = (initial, longest) }

    /// - Parameter attempt: how often it failed already; 1 after the first failure.
    package func pause(after attempt: Int) -> Duration {
        let doubled = initial * (1 << min(max(attempt - 1, 0), 20))
        return min(doubled, longest)
    }
}
