import Foundation
import Gateway
import HTTP
import Pipeline
import Synchronization
import Telemetry
import TestKit
import Testing
import Tweets

/// A gateway on a free port of the loopback, in front of a fake leg, on a clock that the test moves.
final class TestGateway: Sendable {
    let leg: FakeLeg
    let clock = ManualClock()
    let gateway: Gateway
    /// Tweets that wait to be counted.
    let lag = Lag()
    private let server: HTTPServer

    final class Lag: Sendable {
        private let tweets = Atomic(0)
        var value: Int { tweets.load(ordering: .relaxed) }
        func set(_ count: Int) { tweets.store(count, ordering: .relaxed) }
    }

    /// The time of day at which everything here happens.
    static let wall = Samples().start

    /// - Parameter script: what the leg says; by itself it stores everything.
    init(
        _ change: (inout GatewaySettings) -> Void = { _ in },
        script: @escaping Calls<Batch, Receipts>.Script = { _ in .all(.stored) }
    ) throws {
        var settings = GatewaySettings()
        change(&settings)
        leg = FakeLeg(script)
        gateway = Gateway(
            settings: settings, leg: leg, session: 7,
            clock: Gateway.Clock(monotonic: { [clock] in clock.now }, wall: { Self.wall }),
            lag: { [lag] in lag.value })
        server = HTTPServer(
            name: "test", address: Address(host: "127.0.0.1", port: 0), handler: gateway, limits: HTTPLimits(),
            log: Log("test", to: LogSink(minimum: .error, format: .text)))
        gateway.attach(to: server)
        try server.start()
    }

    /// A leg whose answers the test gives, and one group at a time.
    static func held(_ change: (inout GatewaySettings) -> Void = { _ in }) throws -> TestGateway {
        try TestGateway(
            { settings in
                settings.intake.window = 1
                change(&settings)
            }, script: { _ in nil })
    }

    func client() throws -> Client { try Client(server.boundAddress, of: self) }

    /// Posts on a connection of its own and reads the answer.
    func post(_ body: String, _ headers: [String] = []) throws -> Client.Reply {
        let client = try client()
        try client.send("POST", "/input", headers, body: body)
        return try client.reply()
    }

    /// Posts and does not wait.
    func posting(_ body: String = TestGateway.tweet) throws -> Client {
        let client = try client()
        try client.send("POST", "/input", body: body)
        return client
    }

    /// Returns when the loop has begun and ended a pass since the call.
    func passed() async throws {
        for _ in 0..<2 {
            _ = try await answer("a pass") { (done: @escaping @Sendable (Bool) -> Void) in server.perform { done(true) }
            }
        }
    }

    /// Returns when so many tweets are admitted and not answered.
    func admitted(_ count: Int) async throws {
        for _ in 0..<10_000 where gateway.tweetsInFlight != count { try await passed() }
        try #require(gateway.tweetsInFlight == count)
    }

    static let tweet = #"{"description":"Llueve en Xela","country":"GT","weather":"rainy"}"#

    static func tweet(id: TweetID) -> String {
        #"{"description":"Llueve en Xela","country":"GT","weather":"rainy","id":"\#(id)"}"#
    }
}

extension Client.Reply {
    /// The body as JSON; fails the test when it is not an object.
    func json() throws -> [String: any Sendable] {
        let value = try JSONSerialization.jsonObject(with: Data(body.utf8))
        return try #require(value as? [String: any Sendable])
    }

    /// Checks that this is a problem document of this kind, whole and consistent with its head.
    @discardableResult
    func expectProblem(
        _ kind: Problem.Kind, status: Int, location: SourceLocation = #_sourceLocation
    ) throws -> [String: any Sendable] {
        #expect(self.status == status, sourceLocation: location)
        #expect(headers["content-type"] == "application/problem+json", sourceLocation: location)
        let problem = try json()
        #expect(problem["type"] as? String == "urn:weather-tweets:problem:\(kind.rawValue)", sourceLocation: location)
        #expect(problem["status"] as? Int == status, sourceLocation: location)
        #expect(problem["title"] as? String == kind.title, sourceLocation: location)
        #expect((problem["detail"] as? String)?.isEmpty == false, sourceLocation: location)
        #expect(headers["retry-after"] == (problem["retryAfter"] as? Int).map(String.init), sourceLocation: location)
        if status == 429 || status == 503 {
            let seconds = problem["retryAfter"] as? Int ?? 0
            #expect((1...60).contains(seconds), "Retry-After: \(seconds)", sourceLocation: location)
        }
        #expect(
            problem["outcome"] as? String == (kind == .unknown ? "unknown" : nil),
            "it is said exactly when it is not known", sourceLocation: location)
        return problem
    }
}
