import Embedded
import Gateway
import HTTP
import Pipeline
import Settings
import Telemetry
import Tweets

/// Everything that `weather-tweets up` can be told.
struct UpSettings: Sendable {
    var listen = HostPort(host: "127.0.0.1", port: 8080)
    var dashboard = HostPort(host: "127.0.0.1", port: 8090)
    var admin = HostPort(host: "127.0.0.1", port: 8091)
    var data = "weather-tweets-data"

    var tokensFile: String?
    var bodyMax = ByteCount.mebibytes(4)
    var tweetsMax = 10_000
    var deadline = Duration.seconds(3)
    var inFlightTweets = 100_000
    var inFlightBytes = ByteCount.mebibytes(64)
    var window = 2
    var lagMax = 5_000_000
    var idWindowBack = Duration.seconds(15 * 60)
    var idWindowAhead = Duration.seconds(60)

    var connections = 4096
    var connectionsPerAddress = 0
    var headMax = ByteCount.kibibytes(8)
    var silence = Duration.seconds(15)
    var headTimeout = Duration.seconds(20)
    var bodyTimeout = Duration.seconds(60)
    var bodiesMax = ByteCount.mebibytes(256)

    var logBytes = ByteCount.gibibytes(4)
    var logAge = Duration.seconds(7 * 86_400)
    var queueBytes = ByteCount.gibibytes(4)
    var deliveryLimit = 100
    var seenExpiry = Duration.seconds(86_400)
    var consumerBatch = 20_000
    var consumerLinger = Duration.milliseconds(20)

    var drain = Duration.seconds(30)
    var logLevel = Log.Level.info
    var logFormat = LogFormat.auto

    enum LogFormat: String, CaseIterable, SettingValue { case auto, text, json }

    static let table = SettingTable<UpSettings>([where_, intake, limits, storage, process], rules: rules)

    private static let where_ = SettingTable<UpSettings>.Section(
        "Where",
        [
            .init(
                "listen", \.listen, "Where tweets are posted",
                "Loopback by default: there is no TLS here, so put a proxy in front before the world may reach it. "
                    + "Port 0 takes a free one."
            ),
            .init(
                "dashboard", \.dashboard, "Where the page is", "The page shows the tweets to everyone who reaches it."),
            .init("admin", \.admin, "Where /healthz, /readyz and /metrics are"),
            .init(
                "data", \.data, "Folder of everything that is kept",
                "Made when it is absent; one process uses it at a time. What is in it: embedded-storage.md.",
                placeholder: "DIR", check: Check("the name of a folder") { !$0.isEmpty }),
        ])

    private static let intake = SettingTable<UpSettings>.Section(
        "Intake",
        [
            .init(
                "tokens-file", \.tokensFile, "File of bearer tokens, one a line; without it everyone may post",
                "Read once, at the start. Lines that begin with # are left out. Tokens are compared in constant time.",
                placeholder: "FILE"),
            .init(
                "body-max", \.bodyMax, "Largest body of a request", "A larger one is answered 413 without being read.",
                check: .within(.kibibytes(1)...(.mebibytes(64)))),
            .init(
                "tweets-max", \.tweetsMax, "Most tweets in one request",
                "More are answered 413; nothing of them is stored.",
                check: .within(1...100_000)),
            .init(
                "deadline", \.deadline, "Longest time from a complete request to its answer",
                "After it the answer is 503, with outcome \"unknown\" if a leg may have it.",
                check: .within(.milliseconds(100)...(.seconds(60)))),
            .init(
                "in-flight-tweets", \.inFlightTweets, "Tweets that may wait for their answer; above it 503 at once",
                check: .within(1...10_000_000)),
            .init(
                "in-flight-bytes", \.inFlightBytes, "The same in bytes", check: .within(.mebibytes(1)...(.gibibytes(4)))
            ),
            .init(
                "window", \.window, "Groups of requests that are committed at once",
                "While they are under way the next one fills. Two keep the disk busy; more make smaller groups.",
                check: .within(1...8)),
            .init(
                "lag-max", \.lagMax, "Tweets that may be stored and not yet counted; above it 429",
                check: .within(1000...1_000_000_000)),
            .init(
                "id-window-back", \.idWindowBack, "How old a client's own id may be",
                "Ids outside the window are answered 422, so that \"seen before\" can always be decided.",
                check: .within(.seconds(1)...(.seconds(43_200)))),
            .init(
                "id-window-ahead", \.idWindowAhead, "How far ahead of our clock a client's own id may be",
                check: .within(.seconds(0)...(.seconds(3600)))),
        ])

    private static let limits = SettingTable<UpSettings>.Section(
        "Connections",
        [
            .init(
                "connections", \.connections, "Open connections to the intake; more wait in the kernel's backlog",
                check: .within(1...100_000)),
            .init(
                "connections-per-address", \.connectionsPerAddress, "Open connections of one address; 0: any number",
                check: .within(0...100_000)),
            .init(
                "head-max", \.headMax, "Memory for a request's line and headers; larger ones are answered 431",
                "It is cleared after every request, so more of it makes every request slower.",
                check: .within(.kibibytes(4)...(.mebibytes(1)))),
            .init(
                "silence", \.silence, "A connection without a byte for so long is closed",
                check: .within(.seconds(1)...(.seconds(3600)))),
            .init(
                "head-timeout", \.headTimeout, "A request's head must be complete after this, or the connection is cut",
                check: .within(.seconds(1)...(.seconds(3600)))),
            .init(
                "body-timeout", \.bodyTimeout, "A request's body must be complete after this, or the connection is cut",
                check: .within(.seconds(1)...(.seconds(3600)))),
            .init(
                "bodies-max", \.bodiesMax, "Bytes of all bodies that are being read; above it 503",
                "Bounds the memory of slow uploads: each reserves its Content-Length, a chunked one the largest body.",
                check: .within(.mebibytes(1)...(.gibibytes(64)))),
        ])

    private static let storage = SettingTable<UpSettings>.Section(
        "Legs and counts",
        [
            .init(
                "log-bytes", \.logBytes, "Size that the log of the kafka leg is kept to",
                "Counted batches are deleted, oldest first. What is not counted is never deleted: when it alone is "
                    + "so much, requests get 503.",
                check: .within(.mebibytes(1)...(.gibibytes(1024)))),
            .init(
                "log-age", \.logAge, "Age that the log of the kafka leg is kept to",
                check: .within(.seconds(60)...(.seconds(365 * 86_400)))),
            .init(
                "queue-bytes", \.queueBytes, "Size that the queue of the rabbitmq leg may have; then requests get 503",
                check: .within(.mebibytes(1)...(.gibibytes(1024)))),
            .init(
                "delivery-limit", \.deliveryLimit,
                "A batch of the queue that was delivered so often becomes a dead letter",
                "It protects from a batch that kills its consumer each time. Every restart of the process is one "
                    + "delivery of what was waiting.",
                check: .within(1...1_000_000)),
            .init(
                "seen-expiry", \.seenExpiry, "How long the ids of counted tweets are remembered after their last use",
                check: .within(.seconds(3600)...(.seconds(365 * 86_400)))),
            .init(
                "consumer-batch", \.consumerBatch, "About how many tweets are counted in one transaction",
                check: .within(1...200_000)),
            .init(
                "consumer-linger", \.consumerLinger,
                "Pause after a small batch, so that a trickle does not cost a commit a tweet",
                check: .within(.milliseconds(0)...(.seconds(1)))),
        ])

    private static let process = SettingTable<UpSettings>.Section(
        "Process",
        [
            .init(
                "drain", \.drain, "Longest time from the order to stop to the end of the process",
                "First intake closes, then what is under way is answered, then what waits is counted. What is left "
                    + "after this is durable and counted after the next start.",
                check: .within(.seconds(1)...(.seconds(3600)))),
            .init("log-level", \.logLevel, "Least level of log lines"),
            .init("log-format", \.logFormat, "How log lines look; auto: text on a terminal, JSON elsewhere"),
        ])

    private static func rules(_ settings: UpSettings) -> [SettingProblem] {
        var problems: [SettingProblem] = []
        for (name, value) in [
            ("listen", settings.listen), ("dashboard", settings.dashboard), ("admin", settings.admin),
        ]
        where Address(value) == nil {
            problems.append(
                SettingProblem(at: "--\(name)", "expected an IPv4 or IPv6 address or localhost, not '\(value.host)'"))
        }
        let ports = [("listen", settings.listen), ("dashboard", settings.dashboard), ("admin", settings.admin)]
        for (index, one) in ports.enumerated() {
            for other in ports[..<index] where one.1 == other.1 && one.1.port != 0 {
                problems.append(SettingProblem(at: "--\(one.0)", "is the same address as --\(other.0)"))
            }
        }
        if settings.bodyMax > settings.bodiesMax {
            problems.append(SettingProblem(at: "--bodies-max", "must not be smaller than --body-max"))
        }
        return problems
    }
}

extension Address {
    init?(_ setting: HostPort) { self.init(setting.settingText) }
}

extension Log.Level: SettingValue {}
