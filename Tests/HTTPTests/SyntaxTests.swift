import HTTP
import Testing

/// What a client says, and what it gets.
struct Case: Sendable, CustomTestStringConvertible {
    enum End { case open, closed }

    let name: String
    let bytes: String
    let statuses: [Int]
    let end: End

    init(_ name: String, _ bytes: String, _ statuses: [Int], _ end: End) {
        (self.name, self.bytes, self.statuses, self.end) = (name, bytes, statuses, end)
    }

    var testDescription: String { name }
}

private let host = "Host: x\r\n"
private let post = "POST /echo HTTP/1.1\r\n" + host
private let chunked = post + "Transfer-Encoding: chunked\r\n\r\n"
/// What follows on the connection: a second answer means that it was taken for a request.
private let next = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nEND"

private func get(_ target: String, version: String = "HTTP/1.1") -> String {
    "GET \(target) \(version)\r\n\(host)\r\n"
}

private let wellFormed: [Case] = [
    Case("body with a length", post + "Content-Length: 5\r\n\r\nhello", [200], .open),
    Case("empty body", post + "Content-Length: 0\r\n\r\n", [200], .open),
    Case("chunked body", chunked + "5\r\nhello\r\n0\r\n\r\n", [200], .open),
    Case("chunk extension and trailer", chunked + "5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n", [200], .open),
    Case("three at once", next + next + next, [200, 200, 200], .open),
    Case("length and chunked at once", next + chunked + "5\r\nhello\r\n0\r\n\r\n" + next, [200, 200, 200], .open),
    Case("HTTP/1.0", "POST /echo HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello", [200], .closed),
    Case(
        "HTTP/1.0, kept alive", "POST /echo HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello",
        [200],
        .open),
    Case("Connection: close", "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", [200], .closed),
    Case("empty lines first", "\r\n\r\n" + get("/"), [200], .open),
    Case("absolute form", get("http://evil/healthz"), [200], .open),
    Case("escaped NUL in the target", get("/healthz%00/x"), [200], .open),
    Case("lower-case method", "get / HTTP/1.1\r\n\(host)\r\n", [200], .open),
    Case("an expectation of nobody", post + "Expect: magic\r\nContent-Length: 3\r\n\r\nabc", [200], .open),
    Case("folded header", post + "X: a\r\n b\r\nContent-Length: 3\r\n\r\nabc", [200], .open),
    Case("bare LF", "POST /echo HTTP/1.1\nHost: x\nContent-Length: 3\n\nabc", [200], .open),
    Case("bare LF in chunks", chunked + "5\nhello\n0\n\n", [200], .open),
    Case("length with zeros", post + "Content-Length: 005\r\n\r\nhello" + next, [200, 200], .open),
]

private let requestLines: [Case] = [
    Case("garbage", "GARBAGE\r\n\r\n", [], .closed),
    Case("TLS", "\u{16}\u{03}\u{01}\u{02}\u{00}\u{01}\u{00}\u{01}\u{FC}\u{03}\u{03}\r\n\r\n", [], .closed),
    Case("HTTP/0.9", "GET /healthz\r\n\r\n", [400], .closed),
    Case("space in the target", get("/hea lthz"), [], .closed),
    Case("HTTP/2.0", get("/", version: "HTTP/2.0"), [505], .closed),
    Case("HTTP/1.10", get("/", version: "HTTP/1.10"), [400], .closed),
]

private let framing: [Case] =
    [
        Case("POST without any length", post + "\r\n" + next, [411], .closed),
        Case("PUT without any length", "PUT /echo HTTP/1.1\r\n\(host)\r\nhello", [411], .closed),
        Case(
            "length and coding", post + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG" + next,
            [400],
            .closed),
        Case(
            "coding and length",
            post + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5\r\nhello\r\n0\r\n\r\n" + next, [400],
            .closed),
        Case("space before the colon", post + "Content-Length : 3\r\n\r\nabc", [400], .closed),
        Case(
            "coding with a space before the colon",
            post + "Content-Length: 5\r\nTransfer-Encoding : chunked\r\n\r\nhello" + next, [400], .closed),
        Case("gzip", post + "Transfer-Encoding: gzip\r\n\r\nhello" + next, [400], .closed),
        Case(
            "gzip, chunked", post + "Transfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" + next, [400],
            .closed),
        Case(
            "xchunked", post + "Content-Length: 5\r\nTransfer-Encoding: xchunked\r\n\r\nhello" + next, [400], .closed),
        Case(
            "identity, then chunked",
            post + "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" + next,
            [400],
            .closed),
        Case(
            "chunked, then identity",
            post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n5\r\nhello\r\n0\r\n\r\n" + next,
            [400],
            .closed),
        Case(
            "vertical tab before chunked",
            post + "Content-Length: 5\r\nTransfer-Encoding: \u{0B}chunked\r\n\r\nhello" + next, [400], .closed),
        Case(
            "HTTP/1.0 with a coding",
            "POST /echo HTTP/1.0\r\n\(host)Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", [400], .closed),
        Case("length twice", post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello" + next, [400], .closed),
        Case("length 5, then 0", post + "Content-Length: 5\r\nContent-Length: 0\r\n\r\nhello" + next, [400], .closed),
        Case("length 0, then 5", post + "Content-Length: 0\r\nContent-Length: 5\r\n\r\nhello" + next, [400], .closed),
        Case(
            "folded coding", post + "Content-Length: 5\r\nTransfer-Encoding:\r\n chunked\r\n\r\nhello" + next, [400],
            .closed),
        Case(
            "coding folded with a tab",
            post + "Transfer-Encoding: \r\n\tchunked\r\nContent-Length: 5\r\n\r\nhello" + next, [400], .closed),
        Case("folded length", post + "Content-Length:\r\n 5\r\n\r\nhello" + next, [400], .closed),
        Case(
            "folded length beside a coding",
            post + "Content-Length:\r\n 9\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + next, [400], .closed),
        Case("no Host", "POST /echo HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", [400], .closed),
        Case("two Hosts", post + "Host: y\r\nContent-Length: 3\r\n\r\nabc", [400], .closed),
    ]
    + [
        "5, 5", "+5", "-5", "0x5", "5abc", "", " 5 ", "5 5", "18446744073709551616", "18446744073709551615",
        "9000000000",
    ]
    .map {
        Case(
            "length \"\($0)\"", post + "Content-Length: \($0)\r\n\r\nhello" + next, [$0.count > 9 ? 413 : 400], .closed)
    }

private let headers: [Case] = [
    Case("fold that hides a length", post + "X: a\r\n Content-Length: 3\r\n\r\nabc" + next, [400], .closed),
    Case("bare CR that hides a length", post + "X: a\rContent-Length: 3\r\n\r\nabc", [411], .closed),
    Case("NUL in a name", post + "A\u{00}B: 1\r\nContent-Length: 3\r\n\r\nabc", [400], .closed),
    Case("NUL after a name", post + "Content-Length\u{00}: 5\r\nContent-Length: 3\r\n\r\nabc", [400], .closed),
    Case("no colon", post + "Nonsense\r\nContent-Length: 3\r\n\r\nabc", [400], .closed),
    Case("no name", post + ": v\r\nContent-Length: 3\r\n\r\nabc", [411], .closed),
    Case("space in a name", post + "A B: 1\r\nContent-Length: 3\r\n\r\nabc", [400], .closed),
    Case("space first", "POST /echo HTTP/1.1\r\n Host: x\r\nContent-Length: 3\r\n\r\nabc", [400], .closed),
    Case("header of 7,000", post + "X: \(letters(7000))\r\nContent-Length: 3\r\n\r\nabc", [200], .open),
    Case("header of 9,000", post + "X: \(letters(9000))\r\nContent-Length: 3\r\n\r\nabc", [431], .closed),
    Case("1,000 headers", post + repeated("A: b\r\n", 1000) + "Content-Length: 3\r\n\r\nabc", [431], .closed),
    Case("target of 3,000", get("/" + letters(3000)), [200], .open),
    Case("target of 9,000", get("/" + letters(9000)), [414], .closed),
]

private let chunks: [Case] = [
    Case("chunk size zz", chunked + "zz\r\nhello\r\n0\r\n\r\n", [400], .closed),
    Case("chunk size over 64 bits", chunked + "ffffffffffffffff1\r\nhello\r\n0\r\n\r\n", [413], .closed),
    Case("no CRLF after a chunk", chunked + "5\r\nhelloX0\r\n\r\n", [400], .closed),
    Case("chunk size with a space", chunked + " 5\r\nhello\r\n0\r\n\r\n", [400], .closed),
    Case("chunk size 0x5", chunked + "0x5\r\nhello\r\n0\r\n\r\n", [400], .closed),
    Case("chunk size -5", chunked + "-5\r\nhello\r\n0\r\n\r\n", [400], .closed),
    Case("chunk size without LF", chunked + "5\rhello\r\n0\r\n\r\n", [400], .closed),
]

private func letters(_ count: Int) -> String { String(repeating: "a", count: count) }
private func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

@Suite struct SyntaxTests {
    static let server = Result { try TestServer() }

    @Test(arguments: wellFormed + requestLines + framing + headers + chunks)
    func answers(_ example: Case) throws {
        let client = try Self.server.get().client()
        // A server that refuses the beginning may close while the rest is sent.
        try? client.send(example.bytes)
        switch example.end {
        case .closed:
            #expect(try client.repliesUntilClosed().map(\.status) == example.statuses)
        case .open:
            for status in example.statuses { #expect(try client.reply().status == status) }
            try client.send(get("/still-open"))
            #expect(try client.reply().body == "GET /still-open ")
        }
    }

    @Test(arguments: [chunked + "5\r\nhel", post + "Content-Length: 5\r\n\r\nhel", "POST /ec"])
    func clientThatStopsInTheMiddleIsLetGo(_ bytes: String) throws {
        var limits = HTTPLimits()
        limits.silence = .seconds(1)
        let server = try TestServer(limits: limits)
        let client = try server.client()
        try client.send(bytes)
        client.finishSending()
        #expect(try client.repliesUntilClosed() == [])
    }

    @Test func refusalsAreProblemDocuments() throws {
        let client = try Self.server.get().client()
        try client.send(post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello")
        let reply = try client.reply()
        #expect(reply.headers["content-type"] == "application/problem+json")
        #expect(reply.headers["connection"] == "close")
        #expect(
            reply.body == #"{"type":"about:blank","title":"Bad Request","status":400,"#
                + #""detail":"The length of the body is given more than once."}"#)
    }

    /// Whatever comes, the server lives: bytes of good and bad requests, changed, doubled and left out.
    @Test(arguments: [1, 2, 3, 4])
    func damagedRequestsDoNoHarm(_ seed: UInt64) throws {
        let server = try TestServer()
        var random = SplitMix(state: seed)
        let examples = wellFormed + requestLines + framing + chunks
        for _ in 0..<150 {
            var bytes = examples[random.below(examples.count)].bytes.unicodeScalars.map {
                UInt8(truncatingIfNeeded: $0.value)
            }
            for _ in 0...random.below(4) {
                let index = random.below(bytes.count)
                switch random.below(3) {
                case 0: bytes[index] = UInt8(random.below(256))
                case 1: bytes.insert(contentsOf: bytes[..<index], at: index)
                default: bytes.removeSubrange(index..<min(bytes.count, index + 1 + random.below(8)))
                }
                if bytes.isEmpty { bytes = [0] }
            }
            let client = try server.client()
            try? client.send(bytes: bytes)
            client.finishSending()
        }
        let client = try server.client()
        try client.send(get("/alive"))
        #expect(try client.reply().body == "GET /alive ")
    }
}

/// A generator whose sequence is its seed's.
private struct SplitMix {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ (z >> 31)) % UInt64(bound))
    }
}
