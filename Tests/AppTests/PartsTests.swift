import Embedded
import Gateway
import HTTP
import Pipeline
import RESP
import RedisStore
import Settings
import Telemetry
import Testing
import Tweets

@testable import WeatherTweets

/// What the operator says reaches the part that it is about.
@Suite struct PartsTests {
    @Test func settingsReachTheirParts() throws {
        let settings = try Reader(UpSettings.table).read(
            defaults: UpSettings(),
            arguments: [
                "--body-max=2MiB", "--lag-max=1234", "--tweets-max=12", "--id-window-back=7m", "--id-window-ahead=2s",
                "--in-flight-tweets=77", "--in-flight-bytes=3MiB", "--window=3", "--deadline=2s", "--connections=99",
                "--connections-per-address=5", "--head-max=16KiB", "--bodies-max=70MiB", "--silence=4s",
                "--head-timeout=6s",
                "--body-timeout=8s",
                "--log-bytes=5MiB", "--queue-bytes=6MiB", "--log-age=2h", "--delivery-limit=9", "--seen-expiry=3h",
                "--consumer-batch=321", "--consumer-linger=11ms", "--log-level=error", "--log-format=json",
            ], environment: [:]
        ).settings
        let gateway = settings.gateway
        #expect([gateway.bodyMax, gateway.lagMax, gateway.reader.tweetsMax] == [2 << 20, 1234, 12])
        #expect([gateway.reader.windowBackMilliseconds, gateway.reader.windowAheadMilliseconds] == [420_000, 2000])
        #expect([gateway.intake.tweetsMax, gateway.intake.bytesMax, gateway.intake.window] == [77, 3 << 20, 3])
        #expect(gateway.intake.deadline == .seconds(2))
        #expect(settings.dispatch.deadline < gateway.intake.deadline, "the better founded answer comes first")
        #expect(settings.dispatch.batchesMax > gateway.intake.window)
        let http = settings.http
        #expect([http.connections, http.connectionsPerAddress, http.connectionMemory] == [99, 5, 16 << 10])
        #expect(http.bodies == 70 << 20)
        #expect([http.silence, http.head, http.request] == [.seconds(4), .seconds(6), .seconds(8)])
        #expect([settings.leg(.kafka).bytesMax, settings.leg(.rabbitmq).bytesMax] == [5 << 20, 6 << 20])
        #expect(settings.leg(.kafka).ageMax == .seconds(7200))
        #expect(settings.leg(.rabbitmq).deliveryLimit == 9)
        #expect(settings.store.expiry == .seconds(10_800))
        #expect(settings.consumer.tweetsMax == 321)
        #expect(settings.consumer.linger == .milliseconds(11))
        #expect(settings.sink.minimum == .error)
    }

    private func read(_ arguments: [String], _ environment: [String: String] = [:]) throws -> UpSettings {
        try Reader(UpSettings.table).read(defaults: UpSettings(), arguments: arguments, environment: environment)
            .settings
    }

    @Test func storesAreEmbeddedUnlessTheyHaveAnAddress() throws {
        #expect(try read([]).storeAddress(.kafka) == nil)
        let settings = try read(
            ["--redis=redis://h/1", "--seen-expiry=2h", "--allow-volatile-store"],
            ["VALKEY_URL": "redis://me:own@v:7000", "REDIS_PASSWORD": "one", "VALKEY_PASSWORD": "two"])
        let redis = try #require(try settings.storeAddress(.kafka))
        let valkey = try #require(try settings.storeAddress(.rabbitmq))
        #expect(redis.password == "one" && "\(redis)" == "h:6379/1")
        #expect(valkey.password == "own" && valkey.user == "me" && "\(valkey)" == "v:7000/0")
        let store = settings.redisStore(redis, source: "log")
        #expect(store.source == "log" && store.expiry == .seconds(7200) && store.allowVolatile)
    }

    @Test func addressesAreCheckedAndNeverShown() {
        for url in ["rediss://u:hidden@h", "hidden", "redis://u:hidden@h:x"] {
            let problems = #expect(throws: SettingProblems.self) { try read(["--redis=\(url)"]) }
            #expect(problems.map { "\($0)" }?.contains("--redis") == true)
            #expect(problems.map { "\($0)" }?.contains("hidden") == false)
        }
        #expect(throws: SettingProblems.self) {
            try read(["--redis=redis://a:x@h/2", "--valkey=valkey://b:y@h:6379/2"])
        }
    }
}
