/// A closed set of label values: cardinality is a fact of the type, and a lookup is an array index.
package protocol MetricLabel: CaseIterable, Sendable, RawRepresentable where RawValue == String {
    static var labelName: String { get }
    /// The place in `allCases`.
    var index: Int { get }
}

/// The same metric for each value of a label.
package final class Family<Label: MetricLabel, Member: FamilyMember>: Metric {
    private let members: [(label: String, metric: Member)]

    /// - Parameter make: called once a label value; name and help must be the same for all.
    package init(_ make: (Label) -> Member) {
        precondition(MetricHeader.isSnakeCase(Label.labelName), "a label's name is lower case words joined by '_'")
        precondition(
            Label.allCases.enumerated().allSatisfy { $1.index == $0 }, "a label's index is its place in allCases")
        members = Label.allCases.map { label in
            let value = label.rawValue
                .replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
            return ("\(Label.labelName)=\"\(value)\"", make(label))
        }
        precondition(!members.isEmpty, "a family has members")
    }

    package subscript(label: Label) -> Member { members[label.index].metric }

    package var name: String { members[0].metric.name }

    /// One header, then each member's samples.
    package func emit(into text: inout String) {
        members[0].metric.emitHeader(into: &text)
        for (label, metric) in members { metric.emitSamples(label: label, into: &text) }
    }
}

package typealias CounterFamily<Label: MetricLabel> = Family<Label, Counter>

extension Family where Member == Counter {
    package convenience init(_ name: String, _ help: String) { self.init { _ in Counter(name, help) } }
    package func add(_ n: Int = 1, _ label: Label) { self[label].add(n) }
}
