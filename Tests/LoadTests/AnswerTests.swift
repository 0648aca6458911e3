import Testing

@testable import Load

@Suite struct HTTPAnswerTests {
    private func read(_ text: String, ended: Bool = false) -> (HTTPAnswerReader.Progress, HTTPAnswerReader, String) {
        var reader = HTTPAnswerReader()
        var bytes = Array(text.utf8)
        let progress = reader.read(&bytes, count: bytes.count, ended: ended)
        return (progress, reader, String(decoding: bytes[reader.body], as: UTF8.self))
    }

    @Test func lengthAndHeaders() {
        let text = "HTTP/1.1 503 Busy\r\nRETRY-after:  7 \r\nX: y\r\ncontent-LENGTH: 2\r\nConnection: Close\r\n\r\n{}"
        let (progress, reader, body) = read(text)
        #expect(progress == .complete(text.utf8.count))
        #expect(reader.status == 503 && reader.retryAfter == 7 && !reader.keepsAlive && body == "{}")
    }

    @Test func everySplitGivesTheSame() {
        for text in [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nT: r\r\n\r\n",
        ] {
            let bytes = Array(text.utf8)
            for split in 1..<bytes.count {
                var reader = HTTPAnswerReader()
                var buffer = bytes
                #expect(reader.read(&buffer, count: split) == .incomplete, "\(split)")
                #expect(reader.read(&buffer, count: bytes.count) == .complete(bytes.count), "\(split)")
                #expect(String(decoding: buffer[reader.body], as: UTF8.self) == "hello", "\(split)")
            }
        }
    }

    @Test func untilCloseAndInterim() {
        let text = "HTTP/1.0 200 OK\r\n\r\nrest"
        #expect(read(text).0 == .incomplete)
        let (progress, reader, body) = read(text, ended: true)
        #expect(progress == .complete(text.utf8.count) && body == "rest" && !reader.keepsAlive)
        let interim = "HTTP/1.1 100 Continue\r\n\r\n"
        #expect(read(interim + "HTTP/1.1 200").0 == .interim(interim.utf8.count))
        #expect(read("HTTP/1.1 204 No\r\n\r\n").0 == .complete(19))
    }

    @Test(arguments: [
        "HTTP/2 200 OK\r\n\r\n", "hello there, this is no HTTP\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
    ])
    func brokenOnes(text: String) {
        guard case .broken = read(text).0 else {
            Issue.record("\(read(text).0)")
            return
        }
    }

    @Test func limits() {
        let endless = "HTTP/1.1 200 OK\r\nX: " + String(repeating: "a", count: 17 << 10)
        #expect(read(endless).0 == .broken("header too large"))
    }
}

@Suite struct GatewayAnswerTests {
    private func read(_ status: Int, _ body: String, tweets: Int = 1, ownIDs: Bool = false) -> GatewayAnswer {
        let bytes = Array("head".utf8) + Array(body.utf8)
        return GatewayAnswer.read(status: status, bytes, 4..<bytes.count, tweets: tweets, ownIDs: ownIDs)
    }

    private func made(_ sequence: Int, _ count: Int) -> MadeIDs? {
        TweetUUID(TestIDs.made(sequence)).map { MadeIDs(first: $0, count: count) }
    }

    @Test func singles() {
        let answer = read(200, #"{"accepted":1,"id":"\#(TestIDs.made(5))"}"#)
        #expect(answer == GatewayAnswer(outcome: .accepted, made: made(5, 1)))
        // The same by the reader: other order, blanks, members that are not known.
        #expect(
            read(202, #" { "id" : "\#(TestIDs.made(5))", "legs":{"kafka":"spooled"}, "accepted":1 } "#)
                == GatewayAnswer(outcome: .spooled, made: made(5, 1)))
        #expect(
            read(200, #"{"accepted":1,"id":"\#(TestIDs.own(5))"}"#, ownIDs: true) == GatewayAnswer(outcome: .accepted))
    }

    @Test func arrays() {
        let body =
            #"{"accepted":2,"ids":{"first":"\#(TestIDs.made(5))","count":2},"rejected":[{"index":1,"error":"x"}]}"#
        #expect(read(200, body, tweets: 3) == GatewayAnswer(outcome: .accepted, made: made(5, 2), rejected: [1]))
        #expect(
            read(200, #"{"accepted":3,"ids":null,"rejected":[]}"#, tweets: 3, ownIDs: true)
                == GatewayAnswer(outcome: .accepted))
    }

    @Test(arguments: [
        "", "{}", "nonsense", #"{"accepted":2,"id":"\#(TestIDs.made(5))"}"#, #"{"accepted":1}"#,
        #"{"accepted":1,"id":"\#(TestIDs.own(5))"}"#, #"{"accepted":1,"id":"x"}"#,
        #"{"accepted":1,"id":"\#(TestIDs.made(5))"}x"#, #"{"accepted":"1","id":"\#(TestIDs.made(5))"}"#,
        #"{"accepted":1,"ids":{"first":"\#(TestIDs.made(5))","count":2},"rejected":[]}"#,
        #"{"accepted":0,"ids":null,"rejected":[{"index":1}]}"#, #"{"accepted":0,"ids":null,"rejected":[{}]}"#,
        #"{"accepted":1,"ids":{"first":"ffffffff-ffff-8fff-8000-000000000000","count":1},"rejected":[]}"#,
    ])
    func whatTheContractDoesNotKnowProvesNothing(body: String) { #expect(read(200, body).outcome == .unknown) }

    @Test func refusals() {
        #expect(
            read(422, #"{"type":"/problems/country","title":"Bad"}"#)
                == GatewayAnswer(outcome: .rejected, reason: "422 /problems/country"))
        #expect(read(413, "").outcome == .rejected)
        #expect(read(429, "{}").outcome == .unavailable)
        #expect(read(503, #"{"title":"Full"}"#) == GatewayAnswer(outcome: .unavailable, reason: "503 Full"))
        #expect(read(503, #"{"outcome":"unknown","title":"Late"}"#).outcome == .unknown)
        #expect(read(503, #"{"outcome":"unknown","tit"#).outcome == .unknown, "cut off")
        #expect(read(500, "").outcome == .unknown)
        #expect(read(302, "").outcome == .unknown)
    }
}

@Suite struct JSONReaderTests {
    @Test(arguments: [
        "{", "[1,]", "{\"a\" 1}", "{\"a\":1,}", "\"a", "\"\u{1}\"", "01", "1.", "1e", "-", "tru", "\"\\x\"",
        "\"\\u12g4\"",
        "[1 2]", "nul", "+1", "", "{a:1}", String(repeating: "[", count: 100_000),
    ])
    func refusesWhatIsNoJSON(text: String) {
        #expect(throws: JSONFault.self) {
            var reader = JSONReader(Array(text.utf8))
            try reader.skip()
            try reader.finish()
        }
    }

    @Test func readsValues() throws {
        var reader = JSONReader(Array(#" [ -12 , "a\u00e1\ud83d\ude42\n\"" , null, {"x":[{}]}, 1.5e-3, true ] "#.utf8))
        var found = [String]()
        try reader.array { (reader) throws(JSONFault) in
            switch reader.peek() {
            case UInt8(ascii: "-"): found.append("\(try reader.integer())")
            case UInt8(ascii: "\""): found.append(try reader.string())
            default: found.append(String(decoding: reader.bytes[try reader.skip()], as: UTF8.self))
            }
        }
        try reader.finish()
        #expect(found == ["-12", "aá🙂\n\"", "null", #"{"x":[{}]}"#, "1.5e-3", "true"])
        #expect(throws: JSONFault.self) {
            var reader = JSONReader(Array("99999999999999999999".utf8))
            _ = try reader.integer()
        }
    }
}
