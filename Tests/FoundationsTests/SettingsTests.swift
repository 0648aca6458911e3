import Testing

@testable import Settings

private enum Mode: String, CaseIterable, SettingValue { case fast, safe }

private struct Inner: Sendable { var level = 3 }

private struct Root: Sendable {
    var listen = HostPort(host: "127.0.0.1", port: 8080)
    var linger = Duration.milliseconds(5)
    var bodyMax = ByteCount.mebibytes(64)
    var workers = 2
    var mode = Mode.safe
    var quiet = false
    var note: String?
    var password = ""
    var inner = Inner()
}

private let table = SettingTable<Root>(
    [
        .init("Where", [.init("listen", \.listen, "Address of the server", "0 asks for a free port.")]),
        .init(
            "How",
            [
                .init("linger", \.linger, "How long a batch waits", check: .within(.milliseconds(1) ... .seconds(1))),
                .init("body-max", \.bodyMax, "Largest body", check: .atLeast(ByteCount(1))),
                .init("workers", \.workers, "Threads", variable: "WORKERS"),
                .init("mode", \.mode, "What matters"),
                .init("quiet", \.quiet, "Says less"),
                .init("note", \.note, "Any words", check: .ifGiven(Check("a short text") { $0.count < 5 })),
                .init("password", \.password, "The password", secret: true),
                Setting<Inner>("level", \.level, "Depth").within(\.inner),
            ]),
    ],
    rules: { $0.workers > 8 && $0.mode == .safe ? [SettingProblem(at: "--workers", "at most 8 with --mode safe")] : [] }
)

private func read(_ arguments: String..., environment: [String: String] = [:]) throws(SettingProblems)
    -> Reader<Root>.Result
{
    try Reader(table, knownElsewhere: ["WEATHER_TWEETS_SHARED"])
        .read(defaults: Root(), arguments: arguments, environment: environment)
}

private func problems(_ arguments: String..., environment: [String: String] = [:]) -> [String] {
    do throws(SettingProblems) {
        _ = try Reader(table).read(defaults: Root(), arguments: arguments, environment: environment)
        return []
    } catch {
        return error.all.map(\.description)
    }
}

@Suite struct ReaderTests {
    @Test func flagBeatsEnvironmentBeatsDefault() throws {
        let environment = [
            "WEATHER_TWEETS_LISTEN": "[::1]:1", "WORKERS": "5", "HOME": "/root", "WEATHER_TWEETS_SHARED": "x",
        ]
        let result = try read("--listen", "0.0.0.0:0", environment: environment)
        #expect(result.settings.listen == HostPort(host: "0.0.0.0", port: 0))
        #expect(result.settings.workers == 5)
        #expect(result.settings.mode == .safe)
        #expect(result.sources == ["listen": .commandLine, "workers": .environment])
    }

    @Test func bothSpellingsAndSwitches() throws {
        let a = try read("--linger=15ms", "--quiet", "--mode", "fast", "--level", "-7").settings
        #expect(a.linger == .milliseconds(15) && a.quiet && a.mode == .fast && a.inner.level == -7)
        let b = try read("--quiet=false", "--note=", "--password=--x=y").settings
        #expect(!b.quiet && b.note == nil && b.password == "--x=y")
    }

    @Test func allProblemsAtOnce() {
        let found = problems(
            "--linger=2s", "--listn", "--body-max", "--quiet=maybe", "--mode=slow", "--mode", "fast", "-x", "word",
            environment: ["WORKERS": "many", "WEATHER_TWEETS_LISTNE": "", "WEATHER_TWEETS_PASSWORD": "s3cret"])
        #expect(
            found == [
                "WORKERS: expected a whole number, not 'many'",
                "WEATHER_TWEETS_LISTNE: no such variable; did you mean WEATHER_TWEETS_LISTEN?",
                "--linger: expected a duration such as 250ms, 3s, 15m, 24h or 7d from 1ms to 1s, not '2s'",
                "--listn: no such flag; did you mean --listen?",
                "--body-max: needs SIZE",
                "--quiet: expected true or false, not 'maybe'",
                "--mode: expected one of fast, safe, not 'slow'",
                "--mode: given twice",
                "-x: no such flag",
                "word: unexpected",
            ])
    }

    @Test func secretsAreNotShownWhenRefused() {
        struct Secret: Sendable { var pin = 0 }
        let reader = Reader(SettingTable<Secret>([.init("", [.init("pin", \.pin, "Pin", secret: true)])]))
        #expect {
            try reader.read(defaults: Secret(), arguments: ["--pin=hunter2"], environment: [:])
        } throws: {
            !"\($0)".contains("hunter2")
        }
    }

    @Test func rulesSeeTheWhole() {
        #expect(problems("--workers=9") == ["--workers: at most 8 with --mode safe"])
        #expect(problems("--workers=9", "--mode=fast") == [])
        #expect(problems("--note=longer") == ["--note: expected a short text, not 'longer'"])
    }

    @Test func operands() throws {
        let reader = Reader(table, operands: ["LEG"])
        let result = try reader.read(defaults: Root(), arguments: ["--quiet", "--", "--kafka"], environment: [:])
        #expect(result.operands == ["--kafka"] && result.settings.quiet)
        #expect(throws: SettingProblems(all: [SettingProblem(at: "LEG", "missing")])) {
            try reader.read(defaults: Root(), arguments: [], environment: [:])
        }
    }

    @Test func helpIsAnsweredWhateverElseIsWrong() throws {
        #expect(try read("--nonsense", "--help").wantsHelp)
        #expect(try read("-h").wantsHelp)
        #expect(problems("--", "--help") == ["--help: unexpected"])
    }
}

@Suite struct SettingValueTests {
    @Test(arguments: [
        ("250ms", Duration.milliseconds(250)), ("3s", .seconds(3)), ("90s", .seconds(90)), ("15m", .seconds(900)),
        ("24h", .seconds(86_400)), ("7d", .seconds(604_800)), ("0s", .zero), ("500d", .seconds(43_200_000)),
    ])
    func durations(text: String, value: Duration) {
        #expect(Duration(setting: text) == value)
        #expect(Duration(setting: value.settingText) == value)
    }

    @Test(arguments: ["", "3", "s", "-3s", "3 s", "1.5s", "3S", "99999999999999999999s", "9223372036854775807d", "٣s"])
    func noDurations(text: String) { #expect(Duration(setting: text) == nil) }

    @Test(arguments: [
        ("4096", ByteCount.kibibytes(4)), ("64KiB", .kibibytes(64)), ("64MiB", .mebibytes(64)), ("2GiB", .gibibytes(2)),
        ("0", ByteCount(0)), ("1000", ByteCount(1000)),
    ])
    func sizes(text: String, value: ByteCount) {
        #expect(ByteCount(setting: text) == value)
        #expect(ByteCount(setting: value.settingText) == value)
    }

    @Test(arguments: ["", "MiB", "64MB", "64 MiB", "-1", "9223372036854775807KiB"])
    func noSizes(text: String) { #expect(ByteCount(setting: text) == nil) }

    @Test(arguments: ["127.0.0.1:8080", "localhost:0", "[::1]:65535", "my-host.example:1"])
    func addresses(text: String) { #expect(HostPort(setting: text)?.settingText == text) }

    @Test(arguments: [
        "", ":", "8080", ":8080", "a:", "a:65536", "a:-1", "a:+1", "::1:80", "[::1]", "[a]:1", "a b:1", "http://a:1",
    ])
    func noAddresses(text: String) { #expect(HostPort(setting: text) == nil) }
}

@Suite struct ReferenceTests {
    @Test func theTableIsSound() {
        let rows = table.all
        #expect(Set(rows.map(\.flag)).count == rows.count && Set(rows.map(\.variable)).count == rows.count)
    }

    @Test func helpFitsAndTellsAll() {
        let help = Reference(table, defaults: Root()).help()
        #expect(help.split(separator: "\n").allSatisfy { $0.count <= 80 })
        for row in table.all { #expect(help.contains(row.synopsis) && help.contains(row.variable)) }
        #expect(help.contains("--listen HOST:PORT        Address of the server\n"))
        #expect(help.contains("[WEATHER_TWEETS_LISTEN, default 127.0.0.1:8080]\n"))
        #expect(help.contains("--mode fast|safe "))
    }

    @Test func secretsStayHidden() throws {
        let result = try read("--password", "hunter2")
        let reference = Reference(table, defaults: result.settings)
        #expect(!reference.help().contains("hunter2") && !reference.markdown().contains("hunter2"))
    }

    @Test func markdownEscapesBars() {
        let page = Reference(table, defaults: Root()).markdown()
        #expect(page.contains("| `--mode fast\\|safe` | `WEATHER_TWEETS_MODE` | `safe` | What matters |\n"))
        #expect(page.contains("| Address of the server. 0 asks for a free port. |\n"))
    }
}
