import HTTP
import Testing

@Suite struct LimitTests {
    private let start = ContinuousClock.now

    /// Says a byte every 30 ms until the server has enough; false if it never has.
    private func isCutWhileDripping(_ client: Client, _ drop: String) throws -> Bool {
        client.setPatience(0.03)
        while elapsed(since: start) < .seconds(10) {
            if client.isClosedInTime() { return true }
            do { try client.send(drop) } catch { return true }
        }
        return false
    }

    private func limits(_ change: (inout HTTPLimits) -> Void) -> HTTPLimits {
        var limits = HTTPLimits()
        change(&limits)
        return limits
    }

    @Test func slowHeadIsCut() throws {
        let server = try TestServer(limits: limits { $0.head = .milliseconds(300) })
        let client = try server.client()
        try client.send("GET / HTTP/1.1\r\nHost: x\r\nX: ")
        #expect(try isCutWhileDripping(client, "a"))
        #expect(elapsed(since: start) > .milliseconds(290))
        #expect(server.count("test_http_cut_total") == 1)
    }

    @Test func silentConnectionHasTheTimeOfAHead() throws {
        let server = try TestServer(limits: limits { $0.head = .milliseconds(300) })
        #expect(try server.client().isClosedInTime())
    }

    @Test(arguments: ["Content-Length: 1000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n3e8\r\n"])
    func slowBodyIsCut(_ header: String) throws {
        let server = try TestServer(limits: limits { $0.request = .milliseconds(300) })
        let client = try server.client()
        try client.send("POST / HTTP/1.1\r\nHost: x\r\n" + header)
        #expect(try isCutWhileDripping(client, "a"))
        #expect(elapsed(since: start) > .milliseconds(290))
    }

    @Test func hugeChunkIsCut() throws {
        let server = try TestServer(limits: limits { $0.request = .milliseconds(300) })
        let client = try server.client()
        try client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nhello\r\n")
        #expect(client.isClosedInTime())
    }

    /// Slow uploads reserve what they claim; what does not fit is told so at once, and fits when another has ended.
    @Test(arguments: ["Content-Length: 600\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n"])
    func bodiesThatAreReadAreBoundedTogether(_ header: String) throws {
        let server = try TestServer(
            limits: limits { $0.bodies = 1000 }, admission: .read(limit: 600))
        let head = "POST / HTTP/1.1\r\nHost: x\r\n" + header
        let first = try server.client()
        try first.send(head)
        // A whole exchange on another connection: the head of the first has been seen when it is over.
        let probe = try server.client()
        try probe.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na")
        #expect(try probe.reply().status == 200)
        let second = try server.client()
        try second.send(head)
        #expect(try second.reply().status == 503)
        try first.send(header.hasPrefix("C") ? String(repeating: "a", count: 600) : "1\r\na\r\n0\r\n\r\n")
        #expect(try first.reply().status == 200)
        let third = try server.client()
        try third.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 600\r\n\r\n" + String(repeating: "a", count: 600))
        #expect(try third.reply().status == 200)
    }

    /// Who asks for much and does not read it holds memory as an upload does.
    @Test func answersThatAreNotTakenAreBoundedTogether() throws {
        let large = Response(200, [UInt8](repeating: 97, count: 32 << 20), type: "text/plain")
        let server = try TestServer(limits: limits { $0.bodies = 1 << 20 }) { request in
            request.path == "/large" ? .now(large) : TestServer.echo(request)
        }
        var hungry: Client? = try server.client(window: 8192)
        try hungry?.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        let post = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na"
        func status() throws -> Int {
            let client = try server.client()
            try client.send(post)
            return try client.reply().status
        }
        while try status() == 200 { try #require(elapsed(since: start) < .seconds(5)) }
        #expect(try status() == 503)
        hungry = nil
        while try status() == 503 { try #require(elapsed(since: start) < .seconds(10)) }
    }

    @Test func silenceEndsAnIdleConnection() throws {
        let server = try TestServer(limits: limits { $0.silence = .seconds(1) })
        let client = try server.client()
        try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try client.reply().status == 200)
        #expect(client.isClosedInTime())
        #expect(elapsed(since: start) > .milliseconds(900))
    }

    @Test func deadlinesBeginAnewWithEachRequest() throws {
        let server = try TestServer(limits: limits { $0.head = .milliseconds(500) })
        let client = try server.client()
        while elapsed(since: start) < .milliseconds(1200) {
            try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try client.reply().status == 200)
        }
    }

    @Test func waitingForUsIsNoFaultOfTheClient() throws {
        let box = Box<Responder>()
        let limits = limits {
            ($0.head, $0.request, $0.answer) = (.milliseconds(100), .milliseconds(100), .milliseconds(100))
        }
        let server = try TestServer(limits: limits) { request in
            box.put(request.responder())
            return .later
        }
        let client = try server.client(patience: 0.5)
        try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        let responder = try #require(box.take())
        #expect(throws: Client.Failure.silence) { try client.reply() }
        responder.send(Response(200, "patience", type: "text/plain"))
        #expect(try client.reply().body == "patience")
    }

    @Test func clientThatDoesNotTakeItsAnswerIsCut() throws {
        let large = Response(200, [UInt8](repeating: 120, count: 32 << 20), type: "text/plain")
        let server = try TestServer(limits: limits { $0.answer = .milliseconds(300) }) { _ in .now(large) }
        let client = try server.client(window: 4096)
        try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        while server.count("test_http_cut_total") < 1, elapsed(since: start) < .seconds(5) { client.setPatience(0.01) }
        #expect(server.count("test_http_cut_total") == 1)
        client.setPatience(5)
        #expect(throws: Client.Failure.closed) { try client.reply() }
    }

    @Test func furtherConnectionsWait() throws {
        let server = try TestServer(limits: limits { $0.connections = 4 })
        var clients = try (0..<4).map { _ in try server.client() }
        for client in clients {
            try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try client.reply().status == 200)
        }
        let late = try server.client(patience: 0.3)
        try late.send("GET /late HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(throws: Client.Failure.silence) { try late.reply() }
        late.setPatience(5)
        clients.removeLast()
        #expect(try late.reply().body == "GET /late ")
    }

    @Test func tooManyOfOneAddressAreClosedUnanswered() throws {
        let server = try TestServer(limits: limits { $0.connectionsPerAddress = 2 })
        let clients = try (0..<2).map { _ in try server.client() }
        for client in clients {
            try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try client.reply().status == 200)
        }
        let third = try server.client()
        try? third.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try third.repliesUntilClosed() == [])
    }

    @Test func longBodyIsRefusedWithoutReadingIt() throws {
        let server = try TestServer(admission: .read(limit: 1000))
        let client = try server.client()
        try client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n")
        let replies = try client.repliesUntilClosed()
        #expect(replies.map(\.status) == [413])
        #expect(replies.first?.headers["content-type"] == "application/problem+json")
    }

    @Test func longBodyIsRefusedWhileItIsSent() throws {
        let server = try TestServer(admission: .read(limit: 1000))
        let client = try server.client()
        try client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n")
        let block = [UInt8](repeating: 120, count: 65536)
        for _ in 0..<100 {
            guard (try? client.send(bytes: block)) != nil else { break }
        }
        #expect(try client.reply().status == 413)
    }

    @Test func expectedBodyThatIsTooLongIsNotAskedFor() throws {
        let server = try TestServer(admission: .read(limit: 1000))
        let client = try server.client()
        try client.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n")
        #expect(try client.repliesUntilClosed().map(\.status) == [413])
    }

    @Test func longChunkedBodyIsCut() throws {
        let server = try TestServer(admission: .read(limit: 1000))
        let client = try server.client()
        try client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        let chunk = "1f4\r\n" + String(repeating: "x", count: 500) + "\r\n"
        try? client.send(chunk + chunk + chunk + "0\r\n\r\n")
        #expect(try client.repliesUntilClosed() == [])
        #expect(server.count("test_http_cut_total") == 1)
    }

    @Test func bodyOfExactlyTheLimitPasses() throws {
        let server = try TestServer(admission: .read(limit: 5))
        let client = try server.client()
        try client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
        #expect(try client.reply().status == 200)
        try client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
        #expect(try client.reply().status == 200)
    }
}
