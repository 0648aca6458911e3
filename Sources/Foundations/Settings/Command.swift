/// One command of the program: its words, its settings and what it does. The type of its settings stays inside.
package struct Command: Sendable {
    package let name: String
    /// One line without a full stop.
    package let summary: String
    /// Names of the words it needs beside its flags.
    package let operands: [String]

    let variables: Set<String>
    /// For the completion: each flag with the values that can be listed.
    let flags: [(flag: String, choices: [String])]
    let settingsHelp: String
    let discussion: String
    let settingsMarkdown: String
    let read: Read

    typealias Read =
        @Sendable (
            _ arguments: [String], _ environment: [String: String], _ known: Set<String>
        ) throws(SettingProblems) -> Call

    /// What reading a command line comes to.
    enum Call {
        case help
        case run(@Sendable () -> CInt)
    }

    /// - Parameters:
    ///   - discussion: paragraphs for the help, below the summary.
    ///   - run: does it and returns the exit code.
    package init<Root: Sendable>(
        _ name: String, _ summary: String, _ discussion: String = "", operands: [String] = [],
        table: SettingTable<Root>, defaults: Root, run: @escaping @Sendable (Reader<Root>.Result) -> CInt
    ) {
        self.name = name
        self.summary = summary
        self.discussion = discussion
        self.operands = operands
        self.variables = Set(table.all.map(\.variable))
        self.flags = table.all.map { ($0.flag, $0.placeholder == nil ? [] : $0.choices) }
        let reference = Reference(table, defaults: defaults)
        self.settingsHelp = reference.help()
        self.settingsMarkdown = reference.markdown()
        self.read = { arguments, environment, known throws(SettingProblems) in
            let result = try Reader(table, operands: operands, knownElsewhere: known)
                .read(defaults: defaults, arguments: arguments, environment: environment)
            return result.wantsHelp ? .help : .run { run(result) }
        }
    }

    /// What `--help` prints.
    package func help(program: String) -> String {
        var usage = ([program, name] + operands).joined(separator: " ")
        if !flags.isEmpty { usage += " [FLAGS]" }
        var text = "usage: \(usage)\n"
        for paragraph in ["\(summary)."] + discussion.split(separator: "\n\n").map(String.init) {
            text += "\n" + wrap(paragraph.replacing("\n", with: " "), width: 80).joined(separator: "\n") + "\n"
        }
        return settingsHelp.isEmpty ? text : text + "\n" + settingsHelp
    }
}
