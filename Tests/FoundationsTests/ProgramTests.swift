import Glibc
import Synchronization
import Testing

@testable import Settings

private struct Root: Sendable { var port = 1, mode = Mode.fast }
private enum Mode: String, CaseIterable, SettingValue { case fast, safe }

@Suite struct ProgramTests {
    private let program: Program
    private let ran: Ran

    private final class Ran: Sendable {
        let ports = Mutex<[Int]>([])
    }

    init() {
        let ran = Ran()
        self.ran = ran
        program = Program(
            "weather-tweets", "Counts tweets",
            [
                Command(
                    "up", "Runs everything", "More words.\n\nAnd more.",
                    table: SettingTable([
                        .init("All", [.init("port", \.port, "The port"), .init("mode", \.mode, "The mode")])
                    ]),
                    defaults: Root()
                ) { result in
                    ran.ports.withLock { $0.append(result.settings.port) }
                    return 7
                },
                Command("load", "Makes load", table: SettingTable([]), defaults: ()) { _ in 0 },
            ])
    }

    private func run(
        _ arguments: String..., environment: [String: String] = [:]
    ) -> (code: CInt, output: String, errors: String) {
        var (output, errors) = ("", "")
        let code = program.run(
            arguments, environment: environment, known: ["WEATHER_TWEETS_SHARED"],
            output: { output += $0 }, errors: { errors += $0 })
        return (code, output, errors)
    }

    @Test func runsACommand() {
        #expect(run("up", "--port=5", environment: ["WEATHER_TWEETS_SHARED": "x"]) == (7, "", ""))
        #expect(ran.ports.withLock { $0 } == [5])
    }

    @Test func complains() {
        #expect(run().code == 64)
        let unknown = run("pu")
        #expect(unknown.code == 64 && unknown.errors.contains("weather-tweets: pu: no such command"))
        #expect(run("uplod").errors.contains("no such command"))
        #expect(run("lod").errors.contains("did you mean load?"))
        let wrong = run("up", "--prt=5", "--port=x")
        #expect(wrong.code == 64 && wrong.output.isEmpty)
        #expect(wrong.errors.contains("weather-tweets up: --prt: no such flag; did you mean --port?\n"))
        #expect(wrong.errors.contains("weather-tweets up: --port: expected a whole number, not 'x'\n"))
        #expect(ran.ports.withLock { $0 }.isEmpty)
    }

    @Test func variablesOfOtherCommandsAreNoMistake() {
        #expect(run("load", environment: ["WEATHER_TWEETS_PORT": "5"]).code == 0)
        #expect(run("load", environment: ["WEATHER_TWEETS_PROT": "5"]).code == 64)
    }

    @Test(arguments: [["help"], ["--help"], ["-h"]])
    func helpOfTheProgram(arguments: [String]) {
        let help = run(arguments[0])
        #expect(help.code == 0 && help.errors.isEmpty)
        #expect(help.output.contains("  up    Runs everything\n  load  Makes load\n"))
    }

    @Test func helpOfACommand() {
        let help = run("up", "--help")
        #expect(help.code == 0 && help.errors.isEmpty && help.output == run("help", "up").output)
        #expect(
            help.output.hasPrefix(
                "usage: weather-tweets up [FLAGS]\n\nRuns everything.\n\nMore words.\n\nAnd more.\n\nAll:\n"))
        #expect(help.output.contains("  --port N "))
    }

    @Test func reference() {
        let page = program.markdown()
        #expect(page.contains("## `weather-tweets up`") && page.contains("`WEATHER_TWEETS_PORT`"))
        #expect(!page.contains("load`"))
    }

    @Test func completionIsBash() throws {
        #expect(complete("weather-tweets", "u") == "up")
        #expect(complete("weather-tweets", "up", "--po") == "--port")
        #expect(complete("weather-tweets", "up", "--mode", "") == "fast safe")
        #expect(complete("weather-tweets", "up", "--mode", "=", "s") == "safe")
    }

    /// What bash offers for the last of `words`.
    private func complete(_ words: String...) -> String? {
        let list = words.map { "'\($0)'" }.joined(separator: " ")
        let script = """
            \(program.bashCompletion())
            COMP_WORDS=(\(list)); COMP_CWORD=\(words.count - 1); _weather_tweets; echo "${COMPREPLY[*]}"
            """
        return output(of: "bash", feeding: script)
    }
}
