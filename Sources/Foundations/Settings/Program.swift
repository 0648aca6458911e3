/// The commands of the program, and what is the same for all: finding one, its help, complaints about its settings.
package struct Program: Sendable {
    package let name: String
    /// One line without a full stop.
    package let summary: String
    package let commands: [Command]

    /// `EX_USAGE` of sysexits.h: the command line or the environment was wrong, and nothing was done.
    package static let usageError: CInt = 64

    package init(_ name: String, _ summary: String, _ commands: [Command]) {
        (self.name, self.summary, self.commands) = (name, summary, commands)
    }

    /// Runs the command that `arguments` name.
    ///
    /// - Parameters:
    ///   - arguments: without the program's own name.
    ///   - known: variables with our prefix that no command reads, such as those of the tests.
    ///   - output: takes what was asked for (standard output).
    ///   - errors: takes complaints (standard error).
    /// - Returns: the exit code.
    package func run(
        _ arguments: [String], environment: [String: String], known: Set<String> = [],
        output: (String) -> Void, errors: (String) -> Void
    ) -> CInt {
        var names = arguments
        guard let first = names.first else {
            errors(help())
            return Self.usageError
        }
        names.removeFirst()
        if ["help", "-h", "--help"].contains(first) {
            guard let topic = names.first else {
                output(help())
                return 0
            }
            return run([topic, "--help"], environment: environment, output: output, errors: errors)
        }
        guard let command = commands.first(where: { $0.name == first }) else {
            let suggestion = didYouMean(first, among: commands.map(\.name))
            errors("\(name): \(first): no such command\(suggestion)\nTry '\(name) --help'.\n")
            return Self.usageError
        }
        do throws(SettingProblems) {
            let call = try command.read(names, environment, variables.union(known))
            switch call {
            case .help:
                output(command.help(program: name))
                return 0
            case .run(let body):
                return body()
            }
        } catch {
            let lines = error.all.map { "\(name) \(command.name): \($0)\n" }.joined()
            errors(lines + "Try '\(name) \(command.name) --help'.\n")
            return Self.usageError
        }
    }

    private var variables: Set<String> { commands.reduce(into: []) { $0.formUnion($1.variables) } }

    /// What the program does, and its commands, a line each.
    package func help() -> String {
        let width = (commands.map(\.name.count).max() ?? 0) + 2
        let lines = commands.map { command in
            let lead = "  " + command.name + String(repeating: " ", count: width - command.name.count)
            let text = wrap(command.summary, width: 80 - lead.count)
            return lead + text.joined(separator: "\n" + String(repeating: " ", count: lead.count)) + "\n"
        }
        let purpose = wrap(summary + ".", width: 80).joined(separator: "\n")
        return "usage: \(name) COMMAND [FLAGS]\n\n\(purpose)\n\n" + lines.joined()
            + "\n'\(name) COMMAND --help' explains a command.\n"
    }

    /// All settings of all commands, for `docs/configuration.md`.
    package func markdown() -> String {
        commands.filter { !$0.flags.isEmpty }.map { command in
            "## `\(([name, command.name] + command.operands).joined(separator: " "))`\n\n\(command.summary).\n\n"
                + command.settingsMarkdown
        }.joined(separator: "\n")
    }

    /// A script for bash: `eval "$(weather-tweets completion)"`.
    package func bashCompletion() -> String {
        let function = "_" + name.replacing("-", with: "_")
        var cases = ""
        for command in commands {
            for (flag, choices) in command.flags where !choices.isEmpty {
                cases += "        \(command.name):\(flag)) words='\(choices.joined(separator: " "))' ;;\n"
            }
            let flags = command.flags.map(\.flag) + ["--help"]
            cases += "        \(command.name):*) words='\(flags.joined(separator: " "))' ;;\n"
        }
        // bash makes `--flag=va` three words, so the flag may stand one or two words back.
        return """
            \(function)() {
                local word=${COMP_WORDS[COMP_CWORD]} flag=${COMP_WORDS[COMP_CWORD-1]} words=
                if [ "$word" = "=" ]; then word=; elif [ "$flag" = "=" ]; then flag=${COMP_WORDS[COMP_CWORD-2]}; fi
                if [ "$COMP_CWORD" -eq 1 ]; then words='\(commands.map(\.name).joined(separator: " ")) help'; else
                case ${COMP_WORDS[1]}:$flag in
            \(cases)    esac; fi
                COMPREPLY=($(compgen -W "$words" -- "$word"))
            }
            complete -o default -F \(function) \(name)

            """
    }
}
