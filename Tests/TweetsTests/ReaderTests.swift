import TestKit
import Testing
import Tweets

@Suite struct ReaderTests {
    @Test func aSingleTweet() {
        let outcome = read(#"{"description":"Está lloviendo ☔","country":"gtm","weather":"LLUVIOSO"}"#)
        #expect(outcome.single == TweetID(session: 1, sequence: 7))
        #expect(outcome.lines == [canonical("Está lloviendo ☔")])
        #expect(outcome.ids.next == 8)
    }

    @Test(arguments: [
        (#"a\/b"#, #"a/b"#), (#"\u0041\u00e9\u20AC\ud83D\uDe00"#, "Aé€😀"), (#"\" \\ \b\f\n\r\t"#, #"\" \\ \b\f\n\r\t"#),
        (#"\u0000\u001f\u000A\u007f"#, #"\u0000\u001f\n"# + "\u{7f}"), (#"\u0022\u005c"#, #"\"\\"#),
        (#"fifteen letters\n and more than sixteen behind"#, #"fifteen letters\n and more than sixteen behind"#),
        (
            "\u{80}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}",
            "\u{80}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}"
        ),
    ])
    func descriptionsAreEscapedAnew(_ source: String, _ canonicalText: String) {
        #expect(read(tweet(source)).lines == [canonical(canonicalText)])
    }

    @Test func namesAndValuesMayBeEscaped() {
        let body = #"{"\u0064escription":"d","c\u006funtry":"\u0047T","w\u0065ather":"\u0072ainy","\u0069d":null}"#
        #expect(read(body).error?.field?.description == "id")
        #expect(read(body.replacing(",\"\\u0069d\":null", with: "")).lines == [canonical("d")])
        #expect(read(#"{"description":"d","country":"\u00471","weather":"rainy"}"#).error?.position == 29)
    }

    @Test func blanksAnywhere() {
        let body = " \t\r\n{ \"description\" : \"d\" ,\n\"weather\"\t:\"rainy\"\r,\"country\": \"GT\" } \n "
        #expect(read(body).lines == [canonical("d")])
        #expect(read(" [ " + body + " , " + body + " ] ").many?.count == 2)
    }

    @Test func unknownFieldsAreSkippedButChecked() {
        let extras =
            #""accepted":5,"x":[{"a":[1,-2.5e+3,true,false,null,"\u00e1"]},{},[]],"":"","countr":1,"descriptiom":2"#
        #expect(read("{" + extras + "," + tweet("d").dropFirst()).lines == [canonical("d")])
        for wrong in ["01", "1.", "tru", "[1,]", "{\"a\"}", "{\"a\":1,}", "'a'", "\"\\x\"", "\"\t\"", "[1}", "nulll"] {
            #expect(read("{\"x\":\(wrong)," + tweet("d").dropFirst()).error?.kind == .malformed, "\(wrong)")
        }
    }

    @Test func depthIsBounded() {
        func body(_ depth: Int) -> String {
            #"{"x":"# + String(repeating: "[", count: depth - 1) + String(repeating: "]", count: depth - 1) + ","
                + tweet("d").dropFirst()
        }
        #expect(read(body(64)).single != nil)
        #expect(Words(read(body(65)).error) == Words(.malformed, nil, 68, "nested deeper than 64 levels"))
        #expect(read("[" + body(63) + "]").many?.count == 1)
        #expect(read("[" + body(64) + "]").error?.kind == .malformed)
        #expect(read(String(repeating: #"{"a":"#, count: 100_000)).error?.kind == .malformed)
        #expect(read(String(repeating: "[", count: 1 << 20)).error?.kind == .malformed)
    }

    @Test func anArrayKeepsTheGoodOnes() throws {
        let body = "[\(tweet("a")),\(tweet("b", "QQ")),5,\(tweet("c", "MX", "sunny")),{},\"x\"]"
        let outcome = read(body)
        let many = try #require(outcome.many)
        #expect(many.count == 2)
        #expect(
            outcome.lines == [
                canonical("a"), canonical("c", "MX", "sunny", id: "00000000-0000-8008-8000-000000000001"),
            ])
        #expect(many.rejected.map(\.index) == [1, 2, 4, 5])
        #expect(many.rejected.map { $0.error.field?.description } == ["country", nil, "description", nil])
        #expect(many.rejected.allSatisfy { $0.error.kind == .invalid })
        #expect(many.rejected[1].error.position == "[\(tweet("a")),\(tweet("b", "QQ")),".utf8.count)
        #expect(many.made?.first == TweetID(session: 1, sequence: 7))
        #expect(many.made?.count == 2)
    }

    @Test func linesOfObjects() throws {
        let many = try #require(read("\(tweet("a"))\n\n\r\n \(tweet("b")) \r\n[1]\n\(tweet("c", "QQ"))\n").many)
        #expect(many.count == 2)
        #expect(many.rejected.map(\.index) == [2, 3])
        #expect(read("\n\(tweet("a"))\n\n").single != nil)
        for wrong in [
            "\(tweet())\(tweet())", "\(tweet()) \(tweet())", "\(tweet()),\(tweet())", "\(tweet())\n[", "\(tweet())\nx",
        ] {
            let outcome = read(wrong)
            #expect(outcome.error?.kind == .malformed)
            #expect(outcome.batch.isEmpty)
        }
        // A first line that is bad is only one of many.
        #expect(read("\(tweet("a", "QQ"))\n\(tweet("b"))").many?.rejected.map(\.index) == [0])
    }

    @Test func emptyAndScalarBodies() {
        #expect(read("[]").many?.count == 0)
        #expect(read(" [ ] ").many?.made == nil)
        #expect(Words(read("").error) == Words(.malformed, nil, 0, "the body is empty"))
        #expect(read(" \n").error?.kind == .malformed)
        for scalar in ["1", "\"a\"", "true", " null "] { #expect(read(scalar).error?.kind == .invalid, "\(scalar)") }
        for more in ["1 2", "1\n{}", "[] []", "[]{}", "[]]", "{}}"] {
            #expect(read(more).error?.kind == .malformed, "\(more)")
        }
    }

    @Test func refusalLeavesEverythingAsItWas() {
        let before = read(tweet("kept")).batch
        for body in ["[\(tweet("a")),\(tweet("b"))", "\(tweet("a"))\n\(tweet("b"))\n{", tweet("a", "QQ")] {
            let outcome = read(body, into: before)
            #expect(outcome.error != nil)
            #expect(outcome.batch == before)
            #expect(outcome.ids.next == 7)
        }
    }

    @Test func tooManyTweets() {
        var limits = ReaderLimits()
        limits.tweetsMax = 2
        let two = "[\(tweet("a")),\(tweet("b"))"
        #expect(read(two + "]", limits: limits).many?.count == 2)
        let outcome = read(two + ",0]", limits: limits)
        #expect(outcome.error?.kind == .tooMany)
        #expect(outcome.error?.position == two.utf8.count + 1)
        #expect(outcome.batch.isEmpty)
        #expect(read("{}\n{}\n{}", limits: limits).error?.kind == .tooMany)
    }

    @Test func lengthsAreCountedInScalars() {
        for unit in ["a", "é", "☔", "😀", #"\n"#, #"\u00e9"#, #"\ud83d\ude00"#] {
            let full = String(repeating: unit, count: 1024)
            #expect(read(tweet(full)).single != nil, "\(unit)")
            let error = read(tweet(full + "a")).error
            #expect(Words(error) == Words(.invalid, "description", 15, "is too long"))
        }
        #expect(read(tweet("")).error?.field?.description == "description")
    }

    @Test func acceptedIsWrittenExactly() {
        var times: [Int64] = [0, 9, 10, 99_999_999, 100_000_000, 1_700_000_000_123, 1 << 53]
        var random = SeededRandom(seed: 3)
        for bits in 1..<53 { times.append(.random(in: 0..<1 << bits, using: &random)) }
        for time in times { #expect(read(tweet("d"), at: time).lines == [canonical("d", accepted: time)]) }
        #expect(read(tweet("d"), at: -5).lines == [canonical("d", accepted: 0)])
        #expect(read(tweet("d"), at: .max).lines == [canonical("d", accepted: 1 << 53)])
    }
}
