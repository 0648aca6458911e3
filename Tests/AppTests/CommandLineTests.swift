import Settings
import Testing

@testable import WeatherTweets

/// Command lines and environments that are refused before anything starts, with the words for the operator.
@Suite struct CommandLineTests {
    struct Outcome: Equatable {
        var code: CInt
        var output = ""
        var errors = ""
    }

    private static func run(_ arguments: [String], _ environment: [String: String] = [:]) -> Outcome {
        var outcome = Outcome(code: 0)
        var (output, errors) = ("", "")
        outcome.code = program.run(
            arguments, environment: environment, output: { output += $0 }, errors: { errors += $0 })
        (outcome.output, outcome.errors) = (output, errors)
        return outcome
    }

    /// What is refused, and a word of each complaint in order.
    private static let refused: [(arguments: [String], complaints: [String])] = [
        (
            ["up", "--listen=127.0.0.1:9000", "--dashboard=127.0.0.1:9000"],
            ["--dashboard: is the same address as --listen"]
        ),
        (
            ["up", "--admin=127.0.0.1:8080", "--dashboard=127.0.0.1:8080"],
            [
                "--dashboard: is the same address as --listen", "--admin: is the same address as --listen",
                "--admin: is the same address as --dashboard",
            ]
        ),
        (["up", "--body-max=64MiB", "--bodies-max=1MiB"], ["--bodies-max: must not be smaller than --body-max"]),
        (
            ["up", "--listen=example.com:80"],
            ["--listen: expected an IPv4 or IPv6 address or localhost, not 'example.com'"]
        ),
        (["up", "--admin=256.0.0.1:80"], ["--admin: expected an IPv4"]),
        (["up", "--listen=8080"], ["--listen: expected HOST:PORT"]),
        (["up", "--listen=127.0.0.1:70000"], ["--listen: expected HOST:PORT"]),
        (["up", "--data="], ["--data: expected the name of a folder"]),
        (["up", "--window=9"], ["--window: expected a whole number from 1 to 8, not '9'"]),
        (["up", "--deadline=99ms"], ["--deadline: expected a duration"]),
        (["up", "--body-max=4MB"], ["--body-max: expected a size"]),
        (["up", "--log-level=loud"], ["--log-level: expected one of debug, info, warning, error"]),
        (["up", "--windows=2"], ["--windows: no such flag; did you mean --window?"]),
        (["up", "--window=9", "--lag-max=1"], ["--window: ", "--lag-max: "]),
        (["up", "now"], ["now: unexpected"]),
        (["load", "--target=https://127.0.0.1/"], ["--target: must be http://"]),
        (["load", "--rate=0"], ["--rate: expected a number of tweets a second above 0, or max"]),
        (["load", "--rate=nan"], ["--rate: expected"]),
        (["load", "--rate=inf"], ["--rate: expected"]),
        (["load", "--duration=0s"], ["--duration: must be above 0"]),
        (["load", "--requests=0"], ["--requests: expected a whole number, at least 1"]),
        (["load", "--connections=10001"], ["--connections: expected"]),
        (["load", "--batch=0"], ["--batch: expected"]),
        (["load", "--retries=101"], ["--retries: expected"]),
        (["load", "--timeout=0s"], ["--timeout: expected"]),
        (["load", "--seed=-1"], ["--seed: expected a whole number from 0"]),
        (["audit"], ["--ledger: is needed"]),
        (["audit", "--ledger="], ["--ledger: expected a file"]),
        (["audit", "--ledger=,"], ["--ledger: expected a file"]),
        (["audit", "--ledger=a", "--exclusive=maybe"], ["--exclusive: expected true or false"]),
    ]

    @Test(arguments: refused.indices) func refusedWithEveryProblemNamed(_ row: Int) {
        let (arguments, complaints) = Self.refused[row]
        let outcome = Self.run(arguments)
        #expect(outcome.code == 64)
        #expect(outcome.output == "")
        let lines = outcome.errors.split(separator: "\n").map(String.init)
        #expect(lines.count == complaints.count + 1, "\(lines)")
        for (line, complaint) in zip(lines, complaints) {
            #expect(line.hasPrefix("weather-tweets \(arguments[0]): \(complaint)"), "\(line)")
        }
        #expect(lines.last == "Try 'weather-tweets \(arguments[0]) --help'.")
    }

    @Test func variablesAreCheckedLikeFlags() {
        let outcome = Self.run(["up"], ["WEATHER_TWEETS_WINDOW": "9", "WEATHER_TWEETS_LISTN": "127.0.0.1:1"])
        #expect(outcome.code == 64)
        #expect(outcome.errors.contains("WEATHER_TWEETS_WINDOW: expected a whole number from 1 to 8, not '9'"))
        #expect(outcome.errors.contains("WEATHER_TWEETS_LISTN: no such variable; did you mean WEATHER_TWEETS_LISTEN?"))
    }

    @Test func freePortsAreNotTheSameAddress() throws {
        let result = try Reader(UpSettings.table).read(
            defaults: UpSettings(),
            arguments: ["--listen=127.0.0.1:0", "--dashboard=127.0.0.1:0", "--admin=127.0.0.1:0"], environment: [:])
        #expect(result.settings.admin == HostPort(host: "127.0.0.1", port: 0))
    }

    @Test(arguments: program.commands.map(\.name)) func everyCommandHasHelp(_ command: String) {
        let outcome = Self.run([command, "--help"])
        #expect(outcome.code == 0)
        #expect(outcome.output.hasPrefix("usage: weather-tweets \(command)"))
        #expect(outcome.errors == "")
        #expect(Self.run(["help", command]) == outcome)
    }

    @Test func programWithoutACommandExplainsItself() {
        #expect(Self.run([]).code == 64)
        #expect(Self.run(["--help"]).code == 0)
        #expect(Self.run(["upp"]).errors.contains("did you mean up?"))
    }
}
