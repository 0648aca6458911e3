import Glibc
import Lifecycle
import Load
import Settings

/// The version of the whole: of the binary, not of its formats, which carry their own.
let version = "0.1.0"

/// Everything that `weather-tweets` can do.
let program = Program(
    "weather-tweets",
    "Takes weather tweets over HTTP, hands each to two brokers and counts it exactly once behind each",
    [
        Command(
            "up", "Runs the whole pipeline in this process, on embedded parts",
            """
            Tweets posted to /input are answered when they are on disk in both legs: a log for the \
            kafka leg, a queue for the rabbitmq leg. Each is counted exactly once behind each leg; the \
            dashboard shows both sides live.

            Ctrl-C or SIGTERM stops it when everything is answered and counted; the exit code is 0 only \
            then. A second Ctrl-C leaves at once; nothing that was answered is lost by that either.
            """,
            table: UpSettings.table, defaults: UpSettings(), run: { up($0.settings) }),
        Command(
            "load", "Sends tweets at a rate, measures, and keeps a ledger of every id and its outcome",
            """
            The first Ctrl-C ends the run early with its report, the second at once. Exit code: 0 when \
            the run was done, whatever was answered; 1 when nothing listens or a file fails; 130 when it \
            was ended early.
            """,
            table: LoadSettings.table.variables(of: "load"), defaults: LoadSettings(),
            run: { result in interruptibly { runLoad(result.settings, isStopped: $0) } }),
        Command(
            "audit", "Proves from a ledger that each store has every accepted tweet exactly once, and nothing else",
            """
            Reads the stores itself and shares no code with the pipeline. Exit code: 0 when every promise \
            holds, 1 when one is broken (the tweets are named), 2 when it could not be checked.
            """,
            table: AuditSettings.table.variables(of: "audit"), defaults: .usual,
            run: { result in interruptibly { runAudit(result.settings, isStopped: $0) } }),
        Command(
            "reference", "Prints docs/configuration.md: every setting of every command",
            table: SettingTable<NoSettings>([]), defaults: NoSettings(),
            run: { _ in printed(reference()) }),
        Command(
            "completion", "Prints a completion script for bash",
            "Use it by: eval \"$(weather-tweets completion)\"",
            table: SettingTable<NoSettings>([]), defaults: NoSettings(), run: { _ in printed(program.bashCompletion()) }
        ),
        Command(
            "version", "Prints the version",
            table: SettingTable<NoSettings>([]), defaults: NoSettings(),
            run: { _ in printed("weather-tweets \(version)\n") }),
    ])

/// Of commands that have none.
struct NoSettings: Sendable {}

private func printed(_ text: String) -> CInt {
    ProcessFiles.write(text)
    return 0
}

func reference() -> String {
    """
    # Configuration

    Made by `weather-tweets reference` (`make docs`) from the one table that the program itself reads. Every
    setting is a flag and an environment variable; a flag beats the variable, the variable beats the default. All
    of them are checked together before anything starts, and every problem is named with its setting.

    """ + "\n" + program.markdown()
}
