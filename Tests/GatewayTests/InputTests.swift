import Gateway
import Pipeline
import Telemetry
import TestKit
import Testing
import Tweets

/// What is posted reaches the leg, and what the leg says reaches the client.
@Suite struct InputTests {
    private static let first = TweetID(session: 7, sequence: 0)

    @Test func oneTweet() throws {
        let test = try TestGateway()
        let reply = try test.post(TestGateway.tweet, ["Content-Type: application/json"])
        #expect(reply.status == 200)
        #expect(reply.headers["content-type"] == "application/json")
        #expect(reply.body == #"{"accepted":1,"id":"\#(Self.first)"}"#)
        #expect(
            test.leg.lines == [
                #"{"id":"\#(Self.first)","accepted":\#(TestGateway.wall),"country":"GT","weather":"rainy","#
                    + #""description":"Llueve en Xela"}"#
            ])
        #expect(test.gateway.metrics.tweets[.stored].value == 1)
    }

    @Test func idsOfOneGatewayAreConsecutive() throws {
        let test = try TestGateway()
        for number in 0..<5 {
            let id = TweetID(session: 7, sequence: UInt64(number))
            #expect(try test.post(TestGateway.tweet).body == #"{"accepted":1,"id":"\#(id)"}"#)
        }
    }

    @Test(arguments: ["application/json", "application/x-ndjson"]) func manyTweets(_ type: String) throws {
        let test = try TestGateway()
        let own = Samples().clientID(1)
        let elements = [TestGateway.tweet, #"{"country":"GT"}"#, TestGateway.tweet(id: own), "17", TestGateway.tweet]
        let body =
            type == "application/json"
            ? "[\(elements.joined(separator: ","))]" : elements.joined(separator: "\n") + "\n"
        let reply = try test.post(body, ["Content-Type: \(type)"])
        #expect(reply.status == 200)
        let json = try reply.json()
        #expect(json["accepted"] as? Int == 3)
        let ids = json["ids"] as? [String: any Sendable]
        #expect(ids?["first"] as? String == "\(Self.first)")
        #expect(ids?["count"] as? Int == 2, "the third brought its own")
        let rejected = try #require(json["rejected"] as? [[String: any Sendable]])
        #expect(rejected.map { $0["index"] as? Int } == [1, 3])
        #expect(rejected[0]["field"] as? String == "description")
        #expect(rejected[1]["field"] == nil)
        for one in rejected {
            #expect((one["error"] as? String)?.isEmpty == false)
            let position = try #require(one["position"] as? Int)
            #expect(body.utf8.indices.contains(body.utf8.index(body.startIndex, offsetBy: position)))
        }
        #expect(test.leg.calls.inputs.map(\.count) == [3])
        #expect(test.gateway.metrics.tweets[.refused].value == 2)
    }

    @Test func arrayOfTweetsThatAllBringTheirIDs() throws {
        let reply = try TestGateway().post("[\(TestGateway.tweet(id: Samples().clientID(1)))]")
        #expect(reply.body == #"{"accepted":1,"ids":null,"rejected":[]}"#)
    }

    @Test(arguments: [
        (Receipt.stored, 200, Problem.Kind?.none), (.spooled, 202, nil), (.rejected, 422, .refusedByBroker),
        (.unavailable, 503, .unavailable), (.unknown, 503, .unknown),
    ])
    func receiptIsTheStatus(_ receipt: Receipt, _ status: Int, _ kind: Problem.Kind?) throws {
        let test = try TestGateway(script: { _ in .all(receipt) })
        let reply = try test.post(TestGateway.tweet)
        if let kind {
            try reply.expectProblem(kind, status: status)
        } else {
            #expect(reply.status == status)
            #expect(try reply.json()["accepted"] as? Int == 1)
        }
    }

    @Test func requestHearsOfItsOwnTweetsOnly() async throws {
        let test = try TestGateway.held()
        let first = try test.posting()
        try await test.leg.calls.arrived(1)
        // These travel together; the order in which they are read is the order of their lines.
        var clients: [Client] = []
        for word in ["stored", "unavailable", "spooled"] {
            clients.append(
                try test.posting(
                    #"[{"description":"\#(word)","country":"ES","weather":"sunny"},\#(TestGateway.tweet)]"#))
        }
        try await test.admitted(7)
        test.leg.calls.answer(.all(.stored))
        try await test.leg.calls.arrived(2)
        test.leg.calls.answer { batch in
            var receipts: [Receipt] = []
            for index in 0..<batch.count {
                let line = String(decoding: batch.bytes[batch.range(of: index)], as: UTF8.self)
                let word = Receipt.allCases.first { line.contains(#""description":"\#($0)""#) }
                receipts.append(word ?? receipts.last ?? .unknown)
            }
            return .each(receipts)
        }
        #expect(try first.reply().status == 200)
        #expect(try clients[0].reply().status == 200)
        try clients[1].reply().expectProblem(.unavailable, status: 503)
        #expect(try clients[2].reply().status == 202)
        #expect(test.leg.calls.count == 2)
    }

    @Test func requestsThatComeWhileABatchIsUnderWayAreOneBatch() async throws {
        let test = try TestGateway.held()
        let first = try test.posting()
        try await test.leg.calls.arrived(1)
        let clients = try (0..<64).map { _ in try test.posting() }
        try await test.admitted(65)
        #expect(test.leg.calls.count == 1)
        test.leg.calls.answers { _ in .all(.stored) }
        test.leg.calls.answer(.all(.stored))
        #expect(try first.reply().status == 200)
        for client in clients { #expect(try client.reply().status == 200) }
        #expect(test.leg.calls.inputs.map(\.count) == [1, 64])
        #expect(Set(test.leg.lines).count == 65)
        #expect(test.gateway.metrics.groups.value == 2)
        #expect(test.gateway.tweetsInFlight == 0)
    }

    @Test func connectionIsKeptWhateverTheAnswer() throws {
        let client = try TestGateway().client()
        for (body, status) in [(TestGateway.tweet, 200), ("{", 400), ("{}", 422), (TestGateway.tweet, 200)] {
            try client.send("POST", "/input", body: body)
            #expect(try client.reply().status == status)
        }
    }

    // MARK: Idempotency-Key

    private static let key = Samples().clientID(3)

    /// A client's id that is so much younger than the time of day here.
    private static func made(minutes: Int64) -> TweetID {
        TweetID(high: UInt64(TestGateway.wall + minutes * 60_000) << 16 | 0x7000, low: 1 << 63)
    }

    @Test(arguments: ["\(key)", "\"\(key)\"", "\(key)".uppercased()]) func keyIsTheIDOfASingleTweet(_ text: String)
        throws
    {
        let test = try TestGateway()
        for _ in 0..<2 {
            let reply = try test.post(TestGateway.tweet, ["Idempotency-Key: \(text)"])
            #expect(reply.body == #"{"accepted":1,"id":"\#(Self.key)"}"#)
        }
        #expect(test.leg.lines.count == 2, "whether it was seen is for the stores to say")
        #expect(Set(test.leg.lines).count == 1)
    }

    @Test func keyAndIDMayBothBeGivenWhenTheyAreEqual() throws {
        let reply = try TestGateway().post(TestGateway.tweet(id: Self.key), ["Idempotency-Key: \(Self.key)"])
        #expect(reply.status == 200)
    }

    @Test(arguments: [
        ("17", TestGateway.tweet, "Idempotency-Key"),
        ("\"\"", TestGateway.tweet, "Idempotency-Key"),
        ("\"", TestGateway.tweet, "Idempotency-Key"),
        ("\(TweetID(session: 7, sequence: 1))", TestGateway.tweet, "Idempotency-Key"),
        ("00000000-0000-4000-8000-000000000000", TestGateway.tweet, "Idempotency-Key"),
        ("\(key)", TestGateway.tweet(id: Samples().clientID(4)), "id"),
        ("\(key)", "[\(TestGateway.tweet)]", "id"),
        ("\(key)", TestGateway.tweet + "\n" + TestGateway.tweet, "id"),
        ("\(made(minutes: -16))", TestGateway.tweet, "id"),
        ("\(made(minutes: 2))", TestGateway.tweet, "id"),
    ])
    func keyThatCannotBe(_ key: String, _ body: String, _ field: String) throws {
        let test = try TestGateway()
        let problem = try test.post(body, ["Idempotency-Key: \(key)"]).expectProblem(.invalid, status: 422)
        #expect(problem["field"] as? String == field)
        #expect(test.leg.calls.count == 0)
        #expect(test.gateway.tweetsInFlight == 0)
    }
}
