import Testing
import Tweets

/// What is said of bad input: kind, field, position, words.
@Suite struct ReaderErrorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let body: String
        let kind: TweetError.Kind
        let field: String?
        let position: Int
        let message: String
        var testDescription: String { body }

        init(_ body: String, _ kind: TweetError.Kind, _ field: String?, _ position: Int, _ message: String) {
            (self.body, self.kind, self.field, self.position, self.message) = (body, kind, field, position, message)
        }
    }

    @Test(arguments: [
        Case(#"{"a":1 "b":2}"#, .malformed, nil, 7, "expected ',' or '}' after a value"),
        Case(#"{"a" 1}"#, .malformed, nil, 5, "expected ':' after a name"),
        Case(#"{a:1}"#, .malformed, nil, 1, "expected a name in double quotes"),
        Case(#"{"a":1,}"#, .malformed, nil, 7, "expected a name in double quotes"),
        Case(#"{"a":}"#, .malformed, nil, 5, "expected a value"),
        Case(#"{"a":-}"#, .malformed, nil, 5, "not a number as JSON writes it"),
        Case(#"{"a":nul}"#, .malformed, nil, 5, "expected true, false or null"),
        Case(#"{"a":"b"#, .malformed, nil, 7, "the string does not end"),
        Case("{\"a\":\"b\n\"}", .malformed, nil, 7, "a control character in a string must be escaped"),
        Case(#"{"a":"\q"}"#, .malformed, nil, 6, "not an escape of JSON"),
        Case(#"{"a":"\u12g4"}"#, .malformed, nil, 6, "not an escape of JSON"),
        Case(#"{"a":"\u12"#, .malformed, nil, 6, "not an escape of JSON"),
        Case(#"{"a":"\ud800x"}"#, .malformed, nil, 6, "half of a surrogate pair"),
        Case(#"{"a":"\ud800\n"}"#, .malformed, nil, 6, "half of a surrogate pair"),
        Case(#"{"a":"\udc00"}"#, .malformed, nil, 6, "half of a surrogate pair"),
        Case(#"{"a":"\ud800\ud800"}"#, .malformed, nil, 6, "half of a surrogate pair"),
        Case(#"[1 2]"#, .malformed, nil, 3, "expected ',' or ']' after a value"),
        Case(#"[1,]"#, .malformed, nil, 3, "expected a value"),
        Case(#"[1"#, .malformed, nil, 2, "expected ',' or ']' after a value"),
        Case(#"[]x"#, .malformed, nil, 2, "expected the end of the body"),
        Case(#"{"a":1}x"#, .malformed, nil, 7, "expected the end of the body, or a newline before the next object"),
        Case(#" 5"#, .invalid, nil, 1, "expected an object or an array"),
        Case(#"{}"#, .invalid, "description", 0, "is missing"),
        Case(#" {"description":"d"}"#, .invalid, "country", 1, "is missing"),
        Case(#"{"description":"d","country":"GT"}"#, .invalid, "weather", 0, "is missing"),
        Case(#"{"country":"QQ"}"#, .invalid, "country", 11, "is not a country code of ISO 3166-1"),
        Case(#"{"country":7}"#, .invalid, "country", 11, "must be a string"),
        Case(#"{"weather":"Snow"}"#, .invalid, "weather", 11, "must be rainy, cloudy or sunny (Lluvioso, Nublado, Soleado)"),
        Case(#"{"weather":[]}"#, .invalid, "weather", 11, "must be a string"),
        Case(#"{"description":""}"#, .invalid, "description", 15, "must not be empty"),
        Case(#"{"description":null}"#, .invalid, "description", 15, "must be a string"),
        Case(#"{"id":"x"}"#, .invalid, "id", 6, "is not a UUID"),
        Case(#"{"id":"00000000-0000-4000-8000-000000000000"}"#, .invalid, "id", 0, "is missing"),
        Case(#"{"country":"GT","country":"GT"}"#, .invalid, "country", 16, "is given twice"),
        Case(#"{"id":"x","\u0069d":"x"}"#, .invalid, "id", 6, "is not a UUID"),
        // The first thing that is wrong is named, unless the body is not even JSON.
        Case(#"{"weather":1,"country":2}"#, .invalid, "weather", 11, "must be a string"),
        Case(#"{"weather":1,"country":2]"#, .malformed, nil, 24, "expected ',' or '}' after a value"),
    ])
    func namesThePlace(_ expected: Case) {
        let outcome = read(expected.body)
        guard let error = outcome.error else {
            Issue.record("not refused")
            return
        }
        #expect(error.kind == expected.kind)
        if expected.field != "id" || expected.message != "is missing" {
            #expect(error.field?.description == expected.field)
            #expect(error.position == expected.position)
            #expect(error.message.description == expected.message)
        }
        #expect(outcome.batch.isEmpty)
    }

    /// RFC 3629: shortest forms only, no surrogates, nothing above U+10FFFF, nothing cut off; at every distance from the end.
    @Test func wrongUTF8() {
        let wrong: [[UInt8]] = [
            [0x80], [0xbf], [0xc0, 0x80], [0xc1, 0xbf], [0xc2], [0xc2, 0x41], [0xe0, 0x80, 0x80], [0xe0, 0x9f, 0xbf], [0xe1, 0x80],
            [0xed, 0xa0, 0x80], [0xed, 0xbf, 0xbf], [0xf0, 0x80, 0x80, 0x80], [0xf0, 0x8f, 0xbf, 0xbf], [0xf4, 0x90, 0x80, 0x80],
            [0xf5, 0x80, 0x80, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80], [0xfe], [0xff], [0xf1, 0x80, 0x80], [0xf1, 0x80, 0x80, 0x41],
            [0xe2, 0x98, 0x94, 0x80], [0xe2, 0x28, 0xa1],
        ]
        for bytes in wrong {
            for padding in 0..<40 {
                let before = Array(#"{"x":""#.utf8) + [UInt8](repeating: 97, count: padding)
                let start = before.count + (bytes == [0xe2, 0x98, 0x94, 0x80] ? 3 : 0)
                for tail in [#"""#, #"","country":"GT","weather":"rainy","description":"d"}"#] {
                    let error = read(before + bytes + Array(tail.utf8)).error
                    #expect(error == TweetError(kind: .malformed, position: start, message: "not UTF-8"), "\(bytes) \(padding)")
                }
            }
        }
    }

    /// Every body that is cut off is malformed, wherever; none crashes.
    @Test func everyPrefixIsMalformed() {
        let body = Array(
            #"[{"description":"é\u00e9\ud83d\ude00😀","country":"GT","x":[1.5e3,{"a":null}],"weather":"rainy"},{"id":false}]"#.utf8)
        #expect(read(body).many?.count == 1)
        for length in 0..<body.count { #expect(read(Array(body.prefix(length))).error?.kind == .malformed, "\(length)") }
    }

    /// One byte changed anywhere in a body never crashes, and what is taken is canonical.
    @Test func anyByteChanged() {
        let body = Array("{\"id\":\"\(clientID(at: noon))\",\"description\":\"\\u00e9 é\",\"country\":\"GT\",\"weather\":\"rainy\"}".utf8)
        for place in body.indices {
            for byte in stride(from: UInt8(0), to: 255, by: 3) {
                var changed = body
                changed[place] = byte
                let outcome = read(changed)
                #expect((outcome.single != nil) == (outcome.batch.count == 1))
                var columns = Columns()
                TweetReader().columns(of: outcome.batch, into: &columns) { index, error in Issue.record("\(index) \(error)") }
            }
        }
    }
}
