import HTTP
import Synchronization
import Testing

@Suite struct RequestTests {
    @Test func targetIsGivenAsSent() throws {
        let server = try TestServer { request in
            .now(Response(200, "\(request.path)|\(request.query ?? "none")", type: "text/plain"))
        }
        let client = try server.client()
        for (target, expected) in [
            ("/a", "/a|none"), ("/a?", "/a|"), ("/a?b=1&c=%20?d", "/a|b=1&c=%20?d"),
            ("/%2e%2e/%00", "/%2e%2e/%00|none"),
            ("http://evil/a?b", "/a|b"), ("http://evil", "/|none"), ("*", "*|none"),
        ] {
            try client.send("GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try client.reply().body == expected)
        }
    }

    @Test func headersAreFoundInAnyCase() throws {
        let server = try TestServer { request in
            .now(Response(200, "\(request.header("x-a") ?? "-") \(request.header("X-B") ?? "-")", type: "text/plain"))
        }
        let client = try server.client()
        try client.send("GET / HTTP/1.1\r\nHost: x\r\nX-A: one\r\nx-a: two\r\n\r\n")
        #expect(try client.reply().body == "one -")
    }

    @Test func bodyOfManyPiecesIsWhole() throws {
        let server = try TestServer(admission: .read(limit: 1_000_000)) { request in
            let sum = request.body.reduce(UInt64(0)) { $0 &* 31 &+ UInt64($1) }
            return .now(Response(200, "\(request.body.count) \(sum)", type: "text/plain"))
        }
        let body = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let sum = body.reduce(UInt64(0)) { $0 &* 31 &+ UInt64($1) }
        let client = try server.client()
        try client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.count)\r\n\r\n")
        try client.send(bytes: body)
        #expect(try client.reply().body == "1000000 \(sum)")
        // The next request on the connection starts with an empty body.
        try client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n!")
        #expect(try client.reply().body == "1 33")
    }

    @Test func bodyMayBeKept() throws {
        let kept = Mutex<[[UInt8]]>([])
        let server = try TestServer { request in
            kept.withLock { $0.append(request.body) }
            return .now(Response(204, "", type: "text/plain"))
        }
        let client = try server.client()
        for text in ["first", "second", "third"] {
            try client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)")
            #expect(try client.reply().status == 204)
        }
        #expect(kept.withLock { $0 } == [Array("first".utf8), Array("second".utf8), Array("third".utf8)])
    }

    @Test func continueIsSaidBeforeTheBody() throws {
        let server = try TestServer()
        let client = try server.client()
        try client.send("POST /e HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        #expect(try client.reply().status == 100)
        try client.send("abc")
        #expect(try client.reply().body == "POST /e abc")
    }

    @Test func headHasNoBody() throws {
        let server = try TestServer()
        let client = try server.client()
        try client.send("HEAD /abc HTTP/1.1\r\nHost: x\r\n\r\n")
        let reply = try client.reply(isHead: true)
        #expect(reply.status == 200)
        #expect(reply.headers["content-length"] == "10")
        try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try client.reply().body == "GET / ")
    }

    @Test func refusalKeepsTheConnectionWhenNoBodyFollows() throws {
        let server = try TestServer(admission: .refuse(.notFound))
        let client = try server.client()
        for _ in 0..<2 {
            try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try client.reply().status == 404)
        }
        try client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
        #expect(try client.repliesUntilClosed().map(\.status) == [404])
    }

    @Test func headersOfAResponseCannotBeSmuggledIn() throws {
        let response = Response(
            200, "x", type: "text/plain",
            headers: [("Location", "/a\r\nSet-Cookie: evil=1"), ("Bad Name", "1"), ("X-Empty", ""), ("X-Good", "ö")])
        let server = try TestServer { _ in .now(response) }
        let client = try server.client()
        try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        let reply = try client.reply()
        #expect(reply.headers["location"] == "/a  Set-Cookie: evil=1")
        #expect(reply.headers["x-good"] == "ö")
        #expect(Set(reply.headers.keys) == ["location", "x-good", "date", "content-type", "content-length"])
    }

    @Test func oneResponseAnswersManyAndCanClose() throws {
        let closing = Response(200, "bye", type: "text/plain", closes: true)
        let server = try TestServer { _ in .now(closing) }
        for _ in 0..<3 {
            let client = try server.client()
            try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            let replies = try client.repliesUntilClosed()
            #expect(replies.map(\.body) == ["bye"])
            #expect(replies.first?.headers["connection"] == "close")
        }
    }
}
