import Synchronization

/// How long things took, in buckets with fixed bounds. From any thread, no lock: one addition for the bucket and one
/// for the sum; the running totals that Prometheus wants are made at the scrape.
package final class Histogram: FamilyMember {
    private let header: MetricHeader
    private let bounds: [Double]
    private let boundsInNanoseconds: [Int64]
    /// One a bound, and one for what is above them all.
    private let counts: InlineArray<32, Atomic<Int>> = InlineArray { _ in Atomic(0) }
    private let nanoseconds = Atomic<Int64>(0)

    /// From half a millisecond to ten seconds: what answers and commits take, deadline included.
    package static let latencies: [Double] = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    /// - Parameter bounds: seconds, ascending, at most 31.
    package init(_ name: String, _ help: String, seconds bounds: [Double] = latencies) {
        precondition(bounds.count < 32 && !bounds.isEmpty, "\(name): from 1 to 31 bounds")
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "\(name): the bounds ascend")
        header = MetricHeader(.histogram, name, help)
        self.bounds = bounds
        boundsInNanoseconds = bounds.map { Int64($0 * 1e9) }
    }

    package var name: String { header.name }

    /// - Parameters:
    ///   - taken: a negative one counts as zero: a clock was set back.
    ///   - count: how many took so long: a batch is one call.
    package func record(nanoseconds taken: Int64, count: Int = 1) {
        let taken = max(0, taken)
        nanoseconds.wrappingAdd(taken &* Int64(count), ordering: .relaxed)
        let bucket = boundsInNanoseconds.firstIndex { taken <= $0 } ?? bounds.count
        counts[bucket].wrappingAdd(count, ordering: .relaxed)
    }

    /// The bounds in seconds and how many fell below each, and one more for what is above them all: for a page that
    /// makes quantiles.
    package var buckets: (bounds: [Double], counts: [Int]) {
        (bounds, (0...bounds.count).map { counts[$0].load(ordering: .relaxed) })
    }

    package func emitHeader(into text: inout String) { text += header.text }

    /// Every bucket with those below it, the sum in seconds and the count.
    package func emitSamples(label: String, into text: inout String) {
        let lead = label.isEmpty ? "" : label + ","
        var total = 0
        for index in 0...bounds.count {
            total += counts[index].load(ordering: .relaxed)
            let bound = index < bounds.count ? prometheusText(bounds[index]) : "+Inf"
            appendSample(name + "_bucket", "\(lead)le=\"\(bound)\"", total, to: &text)
        }
        let sum = Double(nanoseconds.load(ordering: .relaxed)) / 1e9
        appendSample(name + "_sum", label, prometheusText(sum), to: &text)
        appendSample(name + "_count", label, total, to: &text)
    }
}
