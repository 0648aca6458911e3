import HTTP
import Testing

@Suite struct EventStreamTests {
    private func streamingServer(capacity: Int = 256 << 10) throws -> (TestServer, Box<EventStream>) {
        let box = Box<EventStream>()
        let server = try TestServer { request in
            guard request.path == "/events" else { return TestServer.echo(request) }
            let stream = EventStream(capacity: capacity)
            box.put(stream)
            return .events(stream)
        }
        return (server, box)
    }

    private let get = "GET /events HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test func eventsArriveOneByOne() throws {
        let (server, box) = try streamingServer()
        let client = try server.client()
        try client.send(get)
        let head = try client.reply()
        #expect(head.status == 200)
        #expect(head.headers["content-type"] == "text/event-stream")
        #expect(head.headers["cache-control"] == "no-store")
        let stream = try #require(box.take())
        for n in 0..<50 {
            #expect(stream.send(event: "tick", data: "\(n)"))
            #expect(try client.chunk() == "event: tick\ndata: \(n)\n\n")
        }
    }

    @Test func closedStreamEndsAndTheConnectionStays() throws {
        let (server, box) = try streamingServer()
        let client = try server.client()
        try client.send(get)
        _ = try client.reply()
        let stream = try #require(box.take())
        stream.send(event: "last", data: "words")
        stream.close()
        #expect(!stream.send(event: "after", data: "the end"))
        #expect(try client.chunk() == "event: last\ndata: words\n\n")
        #expect(try client.chunk() == nil)
        try client.send("GET /next HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try client.reply().body == "GET /next ")
    }

    @Test func eventsSentBeforeTheAnswerWait() throws {
        let server = try TestServer { _ in
            let stream = EventStream()
            stream.send(event: "a", data: "1")
            stream.close()
            return .events(stream)
        }
        let client = try server.client()
        try client.send(get)
        _ = try client.reply()
        #expect(try client.chunk() == "event: a\ndata: 1\n\n")
        #expect(try client.chunk() == nil)
    }

    @Test func largeEventsArriveWhole() throws {
        let (server, box) = try streamingServer()
        let client = try server.client()
        try client.send(get)
        _ = try client.reply()
        let stream = try #require(box.take())
        let text = String(repeating: "0123456789", count: 10_000)
        #expect(stream.send(event: "large", data: text))
        stream.close()
        var received = ""
        while let piece = try client.chunk() { received += piece }
        #expect(received == "event: large\ndata: \(text)\n\n")
    }

    /// In a hurry the loop falls behind; at the loop's own pace it is the client, whose window is full.
    @Test(arguments: [true, false])
    func clientThatDoesNotReadIsCut(inHurry: Bool) throws {
        let (server, box) = try streamingServer(capacity: 64 << 10)
        let client = try server.client(window: 4096)
        try client.send(get)
        _ = try client.reply()
        let stream = try #require(box.take())
        let event = ServerSentEvent(data: String(repeating: "x", count: 3000))
        let passes = Box<Void>()
        var sent = 0
        // The kernel takes some megabytes before anything waits here.
        while stream.send(event), sent < 100_000 {
            sent += 1
            if !inHurry {
                server.server.perform { passes.put(()) }
                _ = passes.take()
            }
        }
        #expect(sent < 100_000)
        #expect(!stream.send(event: "tick", data: ""))
        #expect(client.isClosedInTime())
        #expect(server.count("test_http_cut_total") == 1)
    }

    @Test func clientThatLeftIsNoticedByTheNextEvents() throws {
        let (server, box) = try streamingServer()
        let stream: EventStream
        do {
            let client = try server.client()
            try client.send(get)
            _ = try client.reply()
            stream = try #require(box.take())
        }
        let start = ContinuousClock.now
        while stream.send(event: "tick", data: "") { try #require(elapsed(since: start) < .seconds(5)) }
        while server.count("test_http_connections") > 0 { try #require(elapsed(since: start) < .seconds(5)) }
    }

    @Test func headEndsTheStream() throws {
        let (server, box) = try streamingServer()
        let client = try server.client()
        try client.send("HEAD /events HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try client.reply(isHead: true).status == 200)
        let stream = try #require(box.take())
        try client.send("GET /next HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try client.reply().body == "GET /next ")
        #expect(!stream.send(event: "tick", data: ""))
    }

    @Test func streamAnswersOneRequest() throws {
        let stream = EventStream()
        let server = try TestServer { _ in .events(stream) }
        let (first, second) = (try server.client(), try server.client())
        try first.send(get)
        #expect(try first.reply().status == 200)
        try second.send(get)
        #expect(try second.reply().status == 500)
        stream.send(event: "a", data: "b")
        #expect(try first.chunk() == "event: a\ndata: b\n\n")
    }

    @Test(arguments: [
        (nil, "one", "data: one\n\n"), ("a", "one\ntwo", "event: a\ndata: one\ndata: two\n\n"),
        ("a\ndata: evil", "b", "event: a\ndata: b\n\n"), (nil, "a\r\nb\rc\n", "data: a\ndata: b\ndata: c\ndata: \n\n"),
        (nil, "", "data: \n\n"),
    ])
    func eventIsEncoded(_ name: String?, _ data: String, _ expected: String) {
        #expect(String(decoding: ServerSentEvent(event: name, data: data).bytes, as: UTF8.self) == expected)
    }
}
