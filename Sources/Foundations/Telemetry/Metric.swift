/// What can write itself in the Prometheus text format.
///
/// The metrics of a role are the stored properties of one struct: that list is the exposition and its documentation.
package protocol Metric: Sendable {
    var name: String { get }
    /// Appends the help, the type and every sample.
    func emit(into text: inout String)
}

/// A metric of which there can be one a label value.
package protocol FamilyMember: Metric {
    /// Appends the help and the type.
    func emitHeader(into text: inout String)
    /// Appends the samples.
    /// - Parameter label: `leg="kafka"`, or nothing.
    func emitSamples(label: String, into text: inout String)
}

extension FamilyMember {
    /// On its own, without a label.
    package func emit(into text: inout String) {
        emitHeader(into: &text)
        emitSamples(label: "", into: &text)
    }
}

/// The exposition of all metrics of a process.
package enum MetricsText {
    /// What `Content-Type` says of `render`.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Prometheus text format 0.0.4. From any thread.
    package static func render(_ metrics: [any Metric]) -> String {
        precondition(Set(metrics.map(\.name)).count == metrics.count, "two metrics have the same name")
        var text = ""
        for metric in metrics { metric.emit(into: &text) }
        return text
    }
}

/// Name, kind and help of a metric, checked when it is made: all three are literals of ours.
struct MetricHeader: Sendable {
    enum Kind: String { case counter, gauge, histogram }

    let name: String
    let text: String

    /// The rules of https://prometheus.io/docs/practices/naming/, as far as `promtool check metrics` knows them.
    init(_ kind: Kind, _ name: String, _ help: String) {
        precondition(Self.isSnakeCase(name), "\(name): a metric's name is lower case words joined by '_'")
        precondition(!help.isEmpty, "\(name): a metric explains itself")
        precondition((kind == .counter) == name.hasSuffix("_total"), "\(name): counters, and only they, end in _total")
        precondition(kind != .histogram || name.hasSuffix("_seconds"), "\(name): a duration's name ends in _seconds")
        precondition(
            !["_count", "_sum", "_bucket"].contains { name.hasSuffix($0) }, "\(name): this ending belongs to histograms"
        )
        self.name = name
        let help = help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        self.text = "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    static func isSnakeCase(_ name: String) -> Bool {
        guard let first = name.utf8.first, (97...122).contains(first) else { return false }
        return name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }
    }
}

/// Appends `name{label} value`.
func appendSample(_ name: String, _ label: String, _ value: some CustomStringConvertible, to text: inout String) {
    text += label.isEmpty ? "\(name) \(value)\n" : "\(name){\(label)} \(value)\n"
}
