/// How long tweets took from accepted to counted, since the start of the process: the buckets of a histogram.
package struct LatencySample: Sendable, Equatable {
    /// The upper ends of the buckets in milliseconds, ascending.
    package var bounds: [Double]
    /// How many tweets fell in each bucket; one more than `bounds`, for what is above them all. Only ever grow.
    package var counts: [UInt64]

    package init(bounds: [Double], counts: [UInt64]) { (self.bounds, self.counts) = (bounds, counts) }

    /// In milliseconds: below it lies that share of all tweets that were counted after `earlier`; nil if there were
    /// none.
    ///
    /// Taken from the line between the two ends of its bucket; above all bounds it is the last bound.
    func quantile(_ share: Double, since earlier: LatencySample) -> Double? {
        guard counts.count == bounds.count + 1, earlier.counts.count == counts.count, earlier.bounds == bounds else {
            return nil
        }
        let grown = zip(counts, earlier.counts).map { $0 > $1 ? Double($0 - $1) : 0 }
        let total = grown.reduce(0, +)
        guard total > 0 else { return nil }
        let wanted = total * share
        var below = 0.0
        for (index, bound) in bounds.enumerated() where grown[index] > 0 {
            if below + grown[index] >= wanted {
                let start = index == 0 ? 0 : bounds[index - 1]
                return start + (bound - start) * max(0, wanted - below) / grown[index]
            }
            below += grown[index]
        }
        return bounds.last
    }
}

/// The latency over the last seconds: the sample now against the one ten seconds ago.
struct LatencyWindow {
    /// Enough tweets for a p99 at a few tweets a second, and soon forgotten.
    static let samplesMax = 10

    private var samples: [LatencySample] = []

    /// Once a second.
    mutating func add(_ sample: LatencySample) {
        // Counts that shrink are those of another process.
        if let last = samples.last, zip(last.counts, sample.counts).contains(where: { $0 > $1 }) { samples = [] }
        if samples.count == Self.samplesMax { samples.removeFirst() }
        samples.append(sample)
    }

    /// In milliseconds; nil when nothing was counted lately.
    func quantiles(until now: LatencySample) -> (p50: Double?, p99: Double?) {
        guard let start = samples.first else { return (nil, nil) }
        return (now.quantile(0.5, since: start), now.quantile(0.99, since: start))
    }
}
