/// Counts of durations in buckets that grow with the duration (as HdrHistogram does): 128 to each power of two, so
/// that a quantile is off by less than 1 %. 40 KB, and recording is an addition.
struct LatencyHistogram: Sendable {
    private static let bits = 7
    private static let halves = 1 << bits
    /// Up to 2^43 ns (2.4 hours); what is longer counts as that long.
    private static let valueMax: Int64 = 1 << 43 - 1

    private var buckets = [UInt64](repeating: 0, count: LatencyHistogram.bucket(of: LatencyHistogram.valueMax) + 1)
    private(set) var count: UInt64 = 0
    private(set) var max: Int64 = 0
    private var sum: Double = 0

    var mean: Double { count == 0 ? 0 : sum / Double(count) }

    mutating func record(nanoseconds: Int64) {
        let value = Swift.max(0, nanoseconds)
        buckets[Self.bucket(of: min(value, Self.valueMax))] += 1
        count += 1
        sum += Double(value)
        max = Swift.max(max, value)
    }

    /// The duration that `share` (0 to 1) of all recorded ones do not exceed; 0 when nothing was recorded.
    func quantile(_ share: Double) -> Int64 {
        guard count > 0 else { return 0 }
        let wanted = Swift.max(1, UInt64((share * Double(count)).rounded(.up)))
        var seen: UInt64 = 0
        for (index, bucket) in buckets.enumerated() {
            seen += bucket
            if seen >= wanted { return min(Self.middle(of: index), max) }
        }
        return max
    }

    private static func bucket(of value: Int64) -> Int {
        guard value >= halves else { return Int(value) }
        let shift = 63 - value.leadingZeroBitCount - bits
        return (shift + 1) << bits + Int(value >> Int64(shift)) - halves
    }

    private static func middle(of bucket: Int) -> Int64 {
        guard bucket >= halves else { return Int64(bucket) }
        let shift = bucket >> bits - 1
        let low = Int64(bucket & (halves - 1) + halves) << Int64(shift)
        return low + (Int64(1) << Int64(shift)) / 2
    }
}
