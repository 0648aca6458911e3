import Glibc
import Lifecycle
import Load
import Settings

/// The settings of `load`.
extension LoadSettings {
    static let table = SettingTable<LoadSettings>(
        [
            .init(
                "What is sent",
                [
                    .init("target", \.target, "Where tweets are posted", placeholder: "URL"),
                    .init(
                        "rate", \.rate, "Tweets a second, open loop; or max: as fast as the connections allow",
                        "At a rate, a request is sent when it is its time, whether or not earlier ones were answered, "
                            + "and its latency counts from the time at which it should have been sent."
                    ),
                    .init(
                        "connections", \.connections, "Open connections, one request at a time on each",
                        check: .within(1...10_000),
                        // `up` has a setting of this name, too, and the same environment.
                        variable: "WEATHER_TWEETS_LOAD_CONNECTIONS"),
                    .init("duration", \.duration, "How long; 10s when --requests is not given either"),
                    .init("requests", \.requests, "How many requests in all", check: .ifGiven(.atLeast(1))),
                    .init(
                        "batch", \.batch, "Tweets in a request: 1 sends objects, more send arrays",
                        check: .within(1...10_000)),
                    .init("ndjson", \.ndjson, "Sends lines in place of objects and arrays"),
                    .init("seed", \.seed, "Makes the same tweets again", placeholder: "N"),
                    .init("own-ids", \.ownIDs, "Gives each tweet a UUIDv7, so that any request may be sent again"),
                    .init(
                        "data-file", \.dataFile,
                        "NDJSON or JSON array of tweets to send in turn; without it they are made",
                        placeholder: "FILE"),
                    .init("token-file", \.tokenFile, "File that holds the bearer token", placeholder: "FILE"),
                    .init(
                        "retries", \.retries, "How often a request is sent again with the same ids",
                        "After 429 and 503 as Retry-After says; with --own-ids also when its outcome is unknown.",
                        check: .within(0...100)),
                    .init(
                        "timeout", \.timeout, "A request without an answer after this is of unknown outcome",
                        check: .within(.milliseconds(1)...(.seconds(600)))),
                ]),
            .init(
                "What is written",
                [
                    .init(
                        "ledger", \.ledger, "File to which every request and its outcome is added, for audit",
                        placeholder: "FILE"),
                    .init("quiet", \.quiet, "No progress"),
                    .init("json", \.json, "The report as one JSON object"),
                ]),
        ],
        rules: { settings in settings.problems.map(SettingProblem.init(words:)) })
}

/// The settings of `audit`.
extension AuditSettings {
    static let table = SettingTable<AuditSettings>(
        [
            .init(
                "What is checked",
                [
                    .init(
                        "ledger", \.ledgers, "Ledgers of all runs of load that wrote to the stores",
                        placeholder: "FILE,...",
                        check: Check("a file, or several with commas between") { !$0.isEmpty }),
                    .init("data", \.data, "Data folder of the pipeline; it may be running", placeholder: "DIR"),
                    .init("wait", \.wait, "How long tweets that are not counted yet are waited for"),
                    .init(
                        "exclusive", \.exclusive,
                        "Nothing else wrote to the stores; --exclusive=false when something did",
                        "Without it, tweets that no ledger knows and the sums by country and weather cannot be checked."
                    ),
                ]),
            .init(
                "What is written",
                [
                    .init("quiet", \.quiet, "No word about waiting"),
                    .init("json", \.json, "The report as one JSON object"),
                ]),
        ],
        rules: { settings in
            settings.ledgers.isEmpty
                ? [SettingProblem(at: "--ledger", "is needed: the file that 'load --ledger' wrote")] : []
        })

    /// The folder that `up` uses when it is not told another.
    static var usual: AuditSettings {
        var settings = AuditSettings()
        settings.data = UpSettings().data
        return settings
    }
}

extension SettingProblem {
    /// From "name: what is wrong".
    init(words: String) {
        let parts = words.split(separator: ": ", maxSplits: 1).map(String.init)
        self.init(at: "--" + (parts.first ?? ""), parts.count > 1 ? parts[1] : words)
    }
}

extension LoadRate: SettingValue {
    package static var expectation: String { "a number of tweets a second above 0, or max" }
    package static var placeholder: String? { "N|max" }
    package init?(setting text: String) { self.init(text) }
    package var settingText: String { description }
}

extension UInt64: SettingValue {
    package static var expectation: String { "a whole number from 0" }
    package static var placeholder: String? { "N" }
    package init?(setting text: String) { self.init(text) }
    package var settingText: String { String(self) }
}

extension [String]: SettingValue {
    package static var expectation: String { "words with commas between" }
    package static var placeholder: String? { "TEXT,..." }
    package init?(setting text: String) { self = text.split(separator: ",").map(String.init) }
    package var settingText: String { joined(separator: ",") }
}

/// Runs a command that blocks until it is done, and tells it of the first Ctrl-C; the second leaves at once.
func interruptibly(_ body: @escaping @Sendable (_ isStopped: @escaping @Sendable () -> Bool) -> Int32) -> CInt {
    let stop = Shutdown()
    do {
        try startThread(name: "command") { exit(body { stop.isRequested }) }
    } catch {
        ProcessFiles.write("weather-tweets: cannot start a thread\n", toErrors: true)
        return 1
    }
    StopSignals.wait(requesting: stop)
}
