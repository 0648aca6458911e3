/// The settings of one command, in the order and under the headings in which they are explained.
package struct SettingTable<Root: Sendable>: Sendable {
    /// A heading and its rows.
    package struct Section: Sendable {
        package let title: String
        package let settings: [Setting<Root>]

        package init(_ title: String, _ settings: [Setting<Root>]) { (self.title, self.settings) = (title, settings) }

        /// The same section for settings that contain these.
        package func within<Outer: Sendable>(
            _ path: any WritableKeyPath<Outer, Root> & Sendable
        ) -> SettingTable<Outer>.Section {
            .init(title, settings.map { $0.within(path) })
        }
    }

    package let sections: [Section]
    /// What no single row can say, such as "this must be longer than that"; asked when every value is fine alone.
    let rules: @Sendable (Root) -> [SettingProblem]

    package init(_ sections: [Section], rules: @escaping @Sendable (Root) -> [SettingProblem] = { _ in [] }) {
        (self.sections, self.rules) = (sections, rules)
    }

    /// The same rows with variables that name the command: what is exported for one does not reach another.
    package func variables(of command: String) -> SettingTable {
        SettingTable(
            sections.map { section in Section(section.title, section.settings.map { $0.variable(of: command) }) },
            rules: rules)
    }

    package var all: [Setting<Root>] { sections.flatMap(\.settings) }
}

/// One thing that is wrong with what the operator gave.
package struct SettingProblem: Error, Hashable, CustomStringConvertible {
    /// The flag, variable or word, as it was given.
    package let place: String
    package let message: String

    package init(at place: String, _ message: String) { (self.place, self.message) = (place, message) }

    package var description: String { "\(place): \(message)" }
}

/// Everything that is wrong, at once: the operator mends it in one go.
package struct SettingProblems: Error, Hashable, CustomStringConvertible {
    package let all: [SettingProblem]
    package var description: String { all.map(\.description).joined(separator: "\n") }
}
