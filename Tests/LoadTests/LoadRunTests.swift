import Synchronization
import Testing

@testable import Load

/// Whole runs against a server of the test.
@Suite struct LoadRunTests {
    private final class Output: Sendable {
        let report = Mutex("")
        let progress = Mutex("")
        var console: Console {
            Console(
                isTerminal: false, report: { text in self.report.withLock { $0 += text } },
                progress: { text in self.progress.withLock { $0 += text } })
        }
        /// A number in the JSON report, by the names on the way to it.
        func number(_ path: String...) throws -> Double {
            let text = report.withLock { $0 }
            var reader = JSONReader(Array(text.utf8))
            return try Self.find(&reader, path[...])
        }
        private static func find(_ reader: inout JSONReader, _ path: ArraySlice<String>) throws -> Double {
            var found = 0..<0
            try reader.object { (reader, name) throws(JSONFault) in
                _ = reader.peek()
                let value = try reader.skip()
                if reader.decoded(name) == path.first { found = value }
            }
            if path.count > 1 {
                var inner = JSONReader(reader.bytes, found)
                return try find(&inner, path.dropFirst())
            }
            return try #require(Double(String(decoding: reader.bytes[found], as: UTF8.self)))
        }
    }

    private func settings(_ server: TestServer, requests: Int) -> LoadSettings {
        var settings = LoadSettings()
        settings.target = server.url
        settings.connections = 4
        settings.requests = requests
        settings.timeout = .seconds(20)
        settings.json = true
        settings.quiet = true
        return settings
    }

    private func run(_ settings: LoadSettings, _ output: Output, stop: @escaping @Sendable () -> Bool = { false })
        -> Int32
    {
        runLoad(settings, console: output.console, isStopped: stop)
    }

    /// What the ledger holds.
    private func records(_ path: String) throws -> [LedgerRecord] {
        var records = [LedgerRecord]()
        try LedgerReader.read(path) { if case .request(let record) = $0 { records.append(record) } }
        return records
    }

    @Test func closedLoopSendsEachRequestOnceAndLedgersIt() throws {
        let server = TestServer { TestServer.accepted($0.number) }
        defer { server.stop() }
        let folder = TemporaryFolder()
        var settings = settings(server, requests: 200)
        settings.ledger = "\(folder.path)/ledger.ndjson"
        let output = Output()
        #expect(run(settings, output) == 0)
        #expect(server.requests.count == 200)
        #expect(try output.number("outcomes", "accepted", "tweets") == 200)
        #expect(try output.number("latency_ms", "count") == 200)
        let records = try records("\(folder.path)/ledger.ndjson")
        #expect(records.count == 200)
        #expect(Set(records.compactMap { $0.made?.first }).count == 200)
        // The countries of the ledger are those that were sent.
        let sent = server.requests.map(\.body).sorted()
        let pool = TweetPool.made(seed: 1, ndjson: false)
        let made = (0..<200).map { String(decoding: pool.bytes(of: $0..<$0 + 1).dropLast(), as: UTF8.self) }.sorted()
        #expect(sent == made)
        let written = records.map { CountryCodes.codes[$0.countries[0]] }.sorted()
        let expected = (0..<200).map { String(decoding: pool.countries[$0 * 2..<$0 * 2 + 2], as: UTF8.self) }.sorted()
        #expect(written == expected)
        let head = try #require(server.requests.first?.head)
        #expect(
            head.hasPrefix(
                "POST /input HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nContent-Type: application/json\r\n"))
    }

    @Test func arraysLinesAndOwnIDs() throws {
        let server = TestServer { request in
            let count = request.body.split(separator: "\n").count
            let tweets = request.body.hasPrefix("[") ? 3 : count
            return .send(TestServer.answer(#"{"accepted":\#(tweets),"ids":null,"rejected":[]}"#))
        }
        defer { server.stop() }
        let folder = TemporaryFolder()
        var settings = settings(server, requests: 2)
        settings.batch = 3
        settings.ownIDs = true
        settings.ledger = "\(folder.path)/ledger.ndjson"
        #expect(run(settings, Output()) == 0)
        settings.ndjson = true
        #expect(run(settings, Output()) == 0, "a second run is appended")
        var bodies = [String]()
        for request in server.requests {
            if request.body.hasPrefix("[") {
                var reader = JSONReader(Array(request.body.utf8))
                try reader.array { (reader) throws(JSONFault) in
                    bodies.append(String(decoding: reader.bytes[try reader.skip()], as: UTF8.self))
                }
                try reader.finish()
            } else {
                bodies += request.body.split(separator: "\n").map(String.init)
            }
        }
        #expect(bodies.count == 12)
        let records = try records("\(folder.path)/ledger.ndjson")
        let ids = records.flatMap(\.ids)
        #expect(Set(ids).count == 12 && ids.allSatisfy { $0.version == 7 })
        for id in ids { #expect(bodies.contains { $0.hasPrefix(#"{"id":"\#(id)","description":"#) }) }
        var claims = Claims()
        try claims.add("\(folder.path)/ledger.ndjson")
        claims.seal()
        #expect(claims.runs == 2 && claims.brokenRuns == 0 && claims.storedTweets == 12 && claims.stored.count == 12)
    }

    @Test func outcomesAreToldApart() throws {
        let server = TestServer { request in
            switch request.number {
            case 0: .send(TestServer.answer(#"{"type":"/problems/x"}"#, "422 Unprocessable"))
            case 1: .send(TestServer.answer("", "429 Slow", headers: "Retry-After: 1\r\n"))
            case 2: .drop
            case 3: .send(TestServer.answer(#"{"outcome":"unknown"}"#, "503 Late"))
            case 4: .send(TestServer.answer(#"{"accepted":1,"id":"\#(TestIDs.made(4))"}"#, "202 Accepted"))
            case 5: .sendAndClose("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
            case 6: .send("nonsense nonsense nonsense\r\n\r\n")
            case 7: .sendAndClose("HTTP/1.0 200 OK\r\n\r\n{\"accepted\":1,\"id\":\"\(TestIDs.made(7))\"}")
            default: TestServer.accepted(request.number)
            }
        }
        defer { server.stop() }
        var settings = settings(server, requests: 10)
        settings.connections = 1
        let output = Output()
        #expect(run(settings, output) == 0)
        #expect(server.requests.count == 10)
        let counts = try Outcome.allCases.map { try output.number("outcomes", $0.rawValue, "requests") }
        #expect(counts == [3, 1, 1, 1, 4], "accepted, spooled, rejected, unavailable, unknown")
        #expect(try output.number("connects") >= 5)
    }

    @Test func retriesSendTheSameBytesAndHonourRetryAfter() throws {
        let server = TestServer { request in
            switch request.number {
            case 0: .send(TestServer.answer("", "503 Busy", headers: "Retry-After: 1\r\n"))
            case 1: .drop
            default: .send(TestServer.answer(#"{"accepted":1,"id":"\#(TestIDs.own(1))"}"#))
            }
        }
        defer { server.stop() }
        let folder = TemporaryFolder()
        var settings = settings(server, requests: 1)
        settings.ownIDs = true
        settings.retries = 5
        settings.ledger = "\(folder.path)/l"
        let output = Output()
        #expect(run(settings, output) == 0)
        let requests = server.requests
        #expect(requests.count == 3 && requests[0].body == requests[1].body && requests[1].body == requests[2].body)
        #expect(try output.number("retries") == 2)
        #expect(try output.number("latency_ms", "max") >= 1000, "waiting counts from the intended time")
        #expect(try output.number("service_ms", "max") < 1000)
        #expect(try records("\(folder.path)/l").map(\.outcome) == [.accepted])
    }

    @Test func withoutIDsAnUnknownOutcomeIsNotTriedAgain() throws {
        let server = TestServer { _ in .drop }
        defer { server.stop() }
        var settings = settings(server, requests: 1)
        settings.retries = 5
        let output = Output()
        #expect(run(settings, output) == 0)
        #expect(server.requests.count == 1)
        #expect(try output.number("outcomes", "unknown", "requests") == 1)
    }

    @Test func aSilentServerIsATimeout() throws {
        let server = TestServer { $0.number == 0 ? .silence : TestServer.accepted($0.number) }
        defer { server.stop() }
        var settings = settings(server, requests: 2)
        settings.connections = 1
        settings.timeout = .milliseconds(100)
        let output = Output()
        #expect(run(settings, output) == 0)
        #expect(try output.number("outcomes", "unknown", "requests") == 1)
        #expect(try output.number("reasons", "timeout") == 1)
        #expect(try output.number("latency_ms", "max") >= 100, "a timeout counts with the time that it took")
    }

    @Test func openLoopCountsFromTheIntendedTime() throws {
        // One connection and a server that is silent once for 200 ms: what waited behind it is late by that, and is
        // told.
        let server = TestServer { request in
            if request.number == 3 { Clock.sleep(nanoseconds: 200_000_000) }
            return TestServer.accepted(request.number)
        }
        defer { server.stop() }
        var settings = settings(server, requests: 20)
        settings.connections = 1
        settings.rate = .perSecond(100)
        let output = Output()
        #expect(run(settings, output) == 0)
        #expect(server.requests.count == 20)
        #expect(try output.number("seconds") >= 0.19)
        #expect(try output.number("generator", "waited_for_connection") >= 5)
        #expect(try output.number("generator", "lateness_max_ms") >= 150)
        #expect(try output.number("latency_ms", "p90") > output.number("service_ms", "p90"))
        settings.json = false
        let text = Output()
        #expect(run(settings, text) == 0)
        #expect(text.report.withLock { $0 }.contains("accepted"))
    }

    @Test func whileConnectionsAreFreeNoneIsWaitedFor() throws {
        let server = TestServer { TestServer.accepted($0.number) }
        defer { server.stop() }
        var settings = settings(server, requests: 20)
        settings.connections = 32
        settings.rate = .perSecond(500)
        let output = Output()
        #expect(run(settings, output) == 0)
        #expect(try output.number("generator", "waited_for_connection") == 0)
        #expect(try output.number("generator", "requests_never_sent") == 0)
        #expect(try output.number("connects") == 32)
    }

    @Test func aStopEndsItWithAReport() throws {
        let server = TestServer { TestServer.accepted($0.number) }
        defer { server.stop() }
        var settings = settings(server, requests: 1)
        settings.requests = nil
        settings.duration = .seconds(600)
        settings.rate = .perSecond(50)
        let output = Output()
        #expect(run(settings, output) { server.requests.count >= 5 } == 130)
        #expect(try output.number("outcomes", "accepted", "requests") >= 5)
    }

    @Test func whatCannotWorkIsSaidAtOnce() {
        var settings = LoadSettings()
        settings.target = "ftp://x"
        let output = Output()
        #expect(run(settings, output) == 64)
        #expect(output.progress.withLock { $0 }.contains("target"))
        settings = LoadSettings()
        settings.tokenFile = "/nowhere"
        #expect(run(settings, output) == 1)
        settings.tokenFile = nil
        settings.ledger = "/nowhere/ledger"
        #expect(run(settings, output) == 1)
    }

    @Test func aTokenComesFromItsFile() throws {
        let server = TestServer { TestServer.accepted($0.number) }
        defer { server.stop() }
        let folder = TemporaryFolder()
        var settings = settings(server, requests: 1)
        settings.tokenFile = folder.write("token", "s3cret\n")
        #expect(run(settings, Output()) == 0)
        #expect(server.requests.first?.head.contains("\r\nAuthorization: Bearer s3cret\r\n") == true)
        settings.tokenFile = folder.write("bad", "two words")
        #expect(run(settings, Output()) == 1)
    }

    @Test func nothingListens() {
        let server = TestServer { _ in .drop }
        var settings = settings(server, requests: 1)
        server.stop()
        settings.json = false
        let output = Output()
        #expect(run(settings, output) == 1)
        #expect(output.progress.withLock { $0 }.contains("Connection refused"))
        settings.duration = .milliseconds(10)
        #expect(run(settings, Output()) == 1, "a short run as well")
    }
}
