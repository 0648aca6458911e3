import Synchronization

/// Only goes up. From any thread, no lock.
package final class Counter: FamilyMember {
    private let header: MetricHeader
    private let count = Atomic<Int>(0)

    package init(_ name: String, _ help: String) { header = MetricHeader(.counter, name, help) }

    package var name: String { header.name }
    package var value: Int { count.load(ordering: .relaxed) }

    /// - Parameter n: not negative. Wraps around after 2^63, which no process lives to see.
    package func add(_ n: Int = 1) { count.wrappingAdd(n, ordering: .relaxed) }

    package func emitHeader(into text: inout String) { text += header.text }
    package func emitSamples(label: String, into text: inout String) { appendSample(name, label, value, to: &text) }
}

/// Goes up and down. From any thread, no lock.
package final class Gauge: FamilyMember {
    private let header: MetricHeader
    private let level = Atomic<Int>(0)

    package init(_ name: String, _ help: String) { header = MetricHeader(.gauge, name, help) }

    package var name: String { header.name }
    package var value: Int { level.load(ordering: .relaxed) }

    package func set(_ n: Int) { level.store(n, ordering: .relaxed) }
    /// - Parameter n: negative to go down.
    package func add(_ n: Int) { level.wrappingAdd(n, ordering: .relaxed) }

    package func emitHeader(into text: inout String) { text += header.text }
    package func emitSamples(label: String, into text: inout String) { appendSample(name, label, value, to: &text) }
}

/// A counter or gauge that is asked at the scrape: for what something else counts already.
package final class Computed: FamilyMember {
    private let header: MetricHeader
    private let value: @Sendable () -> Double

    /// - Parameter value: called on the thread of the scrape; must not block.
    package init(gauge name: String, _ help: String, _ value: @escaping @Sendable () -> Double) {
        header = MetricHeader(.gauge, name, help)
        self.value = value
    }

    /// - Parameter value: never smaller than before; otherwise as for a gauge.
    package init(counter name: String, _ help: String, _ value: @escaping @Sendable () -> Double) {
        header = MetricHeader(.counter, name, help)
        self.value = value
    }

    package var name: String { header.name }
    package func emitHeader(into text: inout String) { text += header.text }
    /// Asks for the value.
    package func emitSamples(label: String, into text: inout String) {
        appendSample(name, label, prometheusText(value()), to: &text)
    }
}

/// Whole numbers without a fraction; infinities as Prometheus spells them.
func prometheusText(_ value: Double) -> String {
    if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
    if value.isNaN { return "NaN" }
    return Int(exactly: value).map(String.init) ?? String(value)
}
