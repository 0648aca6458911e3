import Glibc
import HTTP
import Lifecycle
import Testing

@Suite struct LifeTests {
    private let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    private func waitingServer(_ change: (inout HTTPLimits) -> Void = { _ in }) throws -> (TestServer, Box<Responder>) {
        var limits = HTTPLimits()
        change(&limits)
        let box = Box<Responder>()
        let server = try TestServer(limits: limits) { request in
            guard request.path == "/wait" else { return TestServer.echo(request) }
            box.put(request.responder())
            return .later
        }
        return (server, box)
    }

    @Test func drainAnswersWhatIsUnderWay() async throws {
        let (server, box) = try waitingServer()
        let shutdown = Shutdown()
        async let ended: Void = server.server.run(until: shutdown)
        try await blocking {
            let idle = try server.client()
            try idle.send(get)
            #expect(try idle.reply().status == 200)
            let waiting = try server.client()
            try waiting.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n" + get)
            let responder = try #require(box.take())
            let halfway = try server.client()
            try halfway.send("POST /half HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhel")
            #expect(try halfway.reply().status == 100)

            shutdown.request()
            #expect(idle.isClosedInTime())
            #expect(throws: Client.Failure.cannotConnect(ECONNREFUSED)) { try server.client() }
            responder.send(Response(200, "in time", type: "text/plain"))
            let answered = try waiting.repliesUntilClosed()
            #expect(answered.map(\.body) == ["in time"])
            #expect(answered.first?.headers["connection"] == "close")
            try halfway.send("lo")
            #expect(try halfway.repliesUntilClosed().map(\.body) == ["POST /half hello"])
        }
        try await ended
    }

    @Test func drainEndsStreams() async throws {
        let box = Box<EventStream>()
        let server = try TestServer { _ in
            let stream = EventStream()
            box.put(stream)
            return .events(stream)
        }
        let shutdown = Shutdown()
        async let ended: Void = server.server.run(until: shutdown)
        try await blocking {
            let client = try server.client()
            try client.send(get)
            _ = try client.reply()
            let stream = try #require(box.take())
            stream.send(event: "a", data: "b")
            #expect(try client.chunk() == "event: a\ndata: b\n\n")
            shutdown.request()
            #expect(try client.chunk() == nil)
            #expect(client.isClosedInTime())
            #expect(!stream.send(event: "a", data: "b"))
        }
        try await ended
    }

    @Test func drainIsBounded() async throws {
        let (server, box) = try waitingServer { $0.drain = .milliseconds(200) }
        let shutdown = Shutdown()
        async let ended: Void = server.server.run(until: shutdown)
        let responder = try await blocking {
            let client = try server.client()
            try client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
            let responder = try #require(box.take())
            shutdown.request()
            let replies = try client.repliesUntilClosed()
            #expect(replies.map(\.status) == [503])
            #expect(replies.first?.body.contains(#""outcome":"unknown""#) == true, "its handler may have done it")
            return responder
        }
        try await ended
        // Too late, and harmless.
        responder.send(Response(200, "late", type: "text/plain"))
    }

    @Test func cancelledRunEndsAtOnce() async throws {
        let (server, box) = try waitingServer()
        let running = Task { try await server.server.run(until: Shutdown()) }
        let responder = try await blocking {
            let client = try server.client()
            try client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
            let responder = try #require(box.take())
            running.cancel()
            #expect(try client.repliesUntilClosed().map(\.status) == [503])
            return responder
        }
        try await running.value
        _ = responder
    }

    @Test func serverThatNobodyHoldsEnds() throws {
        let client: Client
        do {
            let server = try TestServer()
            client = try server.client()
            try client.send(get)
            #expect(try client.reply().status == 200)
        }
        #expect(client.isClosedInTime())
    }

    @Test func stoppedServerCanBeWaitedFor() async throws {
        let server = try TestServer()
        let address = server.server.boundAddress
        server.server.stop()
        await server.server.stopped()
        #expect(throws: Client.Failure.cannotConnect(ECONNREFUSED)) { try Client(address) }
        server.server.perform { Issue.record("a job ran after the end") }
    }

    @Test func portInUseIsSaidInWords() throws {
        let first = try TestServer()
        let address = first.server.boundAddress
        let second = HTTPServer(
            name: "second", address: address, handler: AdminEndpoints(checks: [], metrics: []), limits: HTTPLimits(),
            log: TestServer.log)
        let error = #expect(throws: HTTPError.self) { try second.start() }
        #expect(error?.description == "127.0.0.1:\(address.port) is in use by another process")
    }

    @Test(arguments: [
        ("example.org", "is no IPv4 or IPv6 address"), ("192.0.2.1", "is not an address of this machine"),
    ])
    func addressThatCannotBe(_ host: String, _ reason: String) {
        let error = #expect(throws: HTTPError.self) { try TestServer(host: host) }
        #expect(error?.reason == reason)
    }

    @Test(arguments: ["127.0.0.1", "localhost", "::1"])
    func freePortIsChosen(_ host: String) throws {
        let server = try TestServer(host: host)
        #expect(server.server.boundAddress.port != 0)
        #expect(server.server.boundAddress.host == host)
        try server.server.start()
        let client = try server.client()
        try client.send(get)
        #expect(try client.reply().status == 200)
    }

    @Test(arguments: [
        ("127.0.0.1:8080", "127.0.0.1:8080"), ("localhost:0", "localhost:0"), ("[::1]:65535", "[::1]:65535"),
        ("0.0.0.0:80", "0.0.0.0:80"), ("[::]:80", "[::]:80"),
    ])
    func addressIsRead(_ text: String, _ description: String) {
        #expect(Address(text)?.description == description)
    }

    @Test(arguments: [
        "", ":", "8080", "127.0.0.1", ":8080", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:+80", "127.0.0.1:-1",
        "::1:8080",
        "[127.0.0.1]:80", "example.org:80", "127.0.0.1:80 ", "[::1:80", "[]:80", "127.0.0.1:٣",
    ])
    func addressIsRefused(_ text: String) {
        #expect(Address(text) == nil)
    }
}
