import Gateway
import Pipeline
import Telemetry
import TestKit
import Testing
import Tweets

/// What is not taken, and what the client is told.
@Suite struct RefusalTests {
    struct Bad: Sendable {
        var body: String
        var kind: Problem.Kind
        var status: Int
        var field: String?
        var position: Int?
    }

    private static let bodies = [
        Bad(body: "", kind: .malformed, status: 400, position: 0),
        Bad(body: "{", kind: .malformed, status: 400, position: 1),
        Bad(body: TestGateway.tweet + "x", kind: .malformed, status: 400, position: TestGateway.tweet.utf8.count),
        Bad(body: "[" + TestGateway.tweet, kind: .malformed, status: 400, position: TestGateway.tweet.utf8.count + 1),
        Bad(body: "17", kind: .invalid, status: 422, position: 0),
        Bad(body: "{}", kind: .invalid, status: 422, field: "description"),
        Bad(body: #"{"description":"a","weather":"sunny"}"#, kind: .invalid, status: 422, field: "country"),
        Bad(
            body: #"{"description":"a","country":"GT","weather":"snow"}"#, kind: .invalid, status: 422,
            field: "weather",
            position: 44),
        Bad(body: "[]", kind: .invalid, status: 422, position: 0),
        Bad(body: "[17,{}]", kind: .invalid, status: 422, position: 1),
        Bad(body: "[\(TestGateway.tweet),\(TestGateway.tweet),\(TestGateway.tweet)]", kind: .tooLarge, status: 413),
    ]

    @Test(arguments: bodies.indices) func bodyThatIsNotTaken(_ row: Int) throws {
        let test = try TestGateway { $0.reader.tweetsMax = 2 }
        let bad = Self.bodies[row]
        let problem = try test.post(bad.body).expectProblem(bad.kind, status: bad.status)
        #expect(problem["field"] as? String == bad.field)
        if let position = bad.position { #expect(problem["position"] as? Int == position) }
        #expect(test.leg.calls.count == 0)
        #expect(test.gateway.tweetsInFlight == 0)
        #expect(test.gateway.metrics.requests[.refused].value == 1)
    }

    @Test func arrayWithoutATweetSaysHowManyElementsItHad() throws {
        let problem = try TestGateway().post("[17,{}]").expectProblem(.invalid, status: 422)
        #expect((problem["detail"] as? String)?.hasPrefix("none of the 2 elements is a tweet; element 0: ") == true)
    }

    @Test func bodyOverTheLimitIsNotRead() throws {
        let test = try TestGateway { $0.bodyMax = 100 }
        #expect(try test.post(TestGateway.tweet).status == 200)
        let client = try test.client()
        try client.send("POST /input HTTP/1.1\r\nHost: test\r\nContent-Length: 101\r\n\r\n")
        let reply = try client.reply()
        #expect(reply.status == 413)
        #expect(reply.headers["content-type"] == "application/problem+json")
    }

    @Test(arguments: [
        ("POST", "/input", "Content-Type: text/plain", Problem.Kind.unsupportedType, 415),
        ("POST", "/input", "Content-Type: application/x-www-form-urlencoded", .unsupportedType, 415),
        ("POST", "/input", "Content-Type: application/json; charset=latin1", .unsupportedType, 415),
        ("POST", "/input", "Content-Encoding: gzip", .unsupportedType, 415),
        ("GET", "/input", "Accept: */*", .methodNotAllowed, 405),
        ("PUT", "/input", "Accept: */*", .methodNotAllowed, 405),
        ("DELETE", "/input", "Accept: */*", .methodNotAllowed, 405),
        ("POST", "/", "Accept: */*", .methodNotAllowed, 405),
        ("PUT", "/openapi.json", "Accept: */*", .methodNotAllowed, 405),
        ("GET", "/nothing", "Accept: */*", .notFound, 404),
        ("POST", "/input/", "Accept: */*", .notFound, 404),
    ])
    func headThatIsNotTaken(_ method: String, _ path: String, _ header: String, _ kind: Problem.Kind, _ status: Int)
        throws
    {
        let test = try TestGateway()
        let client = try test.client()
        try client.send(method, path, [header] + (method == "POST" || method == "PUT" ? ["Content-Length: 0"] : []))
        let reply = try client.reply()
        try reply.expectProblem(kind, status: status)
        #expect(reply.headers["allow"] == (status != 405 ? nil : path == "/input" ? "POST" : "GET, HEAD"))
        #expect(test.leg.calls.count == 0)
        #expect(reply.headers["connection"] != "close", "there was no body, so the connection is of use")
    }

    @Test(arguments: [
        "Content-Encoding: identity", "Content-Type: application/json; charset=UTF-8", "Accept: text/html",
    ])
    func headThatIsTaken(_ header: String) throws {
        #expect(try TestGateway().post(TestGateway.tweet, [header]).status == 200)
    }

    @Test func tokenIsAskedForWhenThereAreAny() throws {
        let test = try TestGateway { $0.tokens = Tokens(["secret", "other"]) }
        for wrong in [[], ["Authorization: Bearer wrong"], ["Authorization: Basic secret"], ["Authorization: secret"]] {
            let reply = try test.post(TestGateway.tweet, wrong)
            try reply.expectProblem(.unauthorized, status: 401)
            #expect(reply.headers["www-authenticate"] == "Bearer")
        }
        #expect(test.leg.calls.count == 0)
        for right in ["Bearer secret", "bearer other", "Bearer  secret"] {
            #expect(try test.post(TestGateway.tweet, ["Authorization: \(right)"]).status == 200)
        }
        let client = try test.client()
        try client.send("GET", "/openapi.json")
        #expect(try client.reply().status == 200, "what the API is, everyone may know")
    }

    // MARK: too much, too late

    @Test func overloadIsAnsweredAtOnce() async throws {
        let test = try TestGateway.held { $0.intake.tweetsMax = 2 }
        let waiting = try [test.posting(), test.posting()]
        try await test.admitted(2)
        for _ in 0..<3 { try test.post(TestGateway.tweet).expectProblem(.overloaded, status: 503) }
        #expect(test.gateway.tweetsInFlight == 2)
        test.leg.calls.answers { _ in .all(.stored) }
        test.leg.calls.answer(.all(.stored))
        for client in waiting { #expect(try client.reply().status == 200) }
        #expect(try test.post(TestGateway.tweet).status == 200)
        #expect(test.leg.lines.count == 3)
    }

    @Test func bodyThatWasReadWhileTheDoorClosedIsRefusedToo() async throws {
        let test = try TestGateway.held { $0.intake.tweetsMax = 1 }
        let slow = try test.client()
        try slow.send("POST /input HTTP/1.1\r\nHost: test\r\nContent-Length: \(TestGateway.tweet.utf8.count)\r\n\r\n{")
        try await test.passed()
        let quick = try test.posting()
        try await test.admitted(1)
        try slow.send(String(TestGateway.tweet.dropFirst()))
        try slow.reply().expectProblem(.overloaded, status: 503)
        try await test.leg.calls.arrived(1)
        test.leg.calls.answer(.all(.stored))
        #expect(try quick.reply().status == 200)
        #expect(test.leg.lines.count == 1)
    }

    @Test func answerIsUnknownAtTheDeadlineAndUnavailableForWhatWasNotHandedOn() async throws {
        let test = try TestGateway.held { $0.intake.deadline = .milliseconds(300) }
        let under = try test.posting()
        try await test.leg.calls.arrived(1)
        let waiting = try test.posting()
        try await test.admitted(2)
        test.clock.advance(.milliseconds(300))
        try under.reply().expectProblem(.unknown, status: 503)
        try waiting.reply().expectProblem(.unavailable, status: 503)
        // The late answer goes to nobody, and the connection is of use.
        test.leg.calls.answer(.all(.stored))
        test.leg.calls.answers { _ in .all(.stored) }
        try under.send("POST", "/input", body: TestGateway.tweet)
        #expect(try under.reply().status == 200)
        #expect(test.leg.calls.inputs.map(\.count) == [1, 1], "what was refused was never published")
        #expect(test.gateway.tweetsInFlight == 0)
        #expect(test.gateway.tweetsInFlight == 0)
    }

    @Test func requestsAreRefusedWhileCountingIsBehind() async throws {
        let test = try TestGateway { $0.lagMax = 100 }
        #expect(try test.post(TestGateway.tweet).status == 200)
        test.lag.set(101)
        try await test.passed()
        try test.post(TestGateway.tweet).expectProblem(.behind, status: 429)
        #expect(test.leg.calls.count == 1)
        test.lag.set(100)
        try await test.passed()
        #expect(try test.post(TestGateway.tweet).status == 200)
    }

    @Test func drainingGatewayFinishesWhatIsUnderWayAndTakesNothingNew() async throws {
        let test = try TestGateway.held()
        let under = try test.posting()
        try await test.leg.calls.arrived(1)
        let waiting = try test.posting()
        try await test.admitted(2)
        test.gateway.drain()
        try test.post(TestGateway.tweet).expectProblem(.unavailable, status: 503)
        #expect(test.gateway.tweetsInFlight > 0)
        test.leg.calls.answers { _ in .all(.stored) }
        test.leg.calls.answer(.all(.stored))
        #expect(try under.reply().status == 200)
        #expect(try waiting.reply().status == 200)
        #expect(test.gateway.tweetsInFlight == 0)
        #expect(test.leg.lines.count == 2)
    }
}
