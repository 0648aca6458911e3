import Testing
import Tweets

/// What is said of bad input: kind, field, position, words.
@Suite struct ReaderErrorTests {
    @Test(arguments: [
        (#"{"a":1 "b":2}"#, Words(.malformed, nil, 7, "expected ',' or '}' after a value")),
        (#"{"a" 1}"#, Words(.malformed, nil, 5, "expected ':' after a name")),
        (#"{a:1}"#, Words(.malformed, nil, 1, "expected a name in double quotes")),
        (#"{"a":1,}"#, Words(.malformed, nil, 7, "expected a name in double quotes")),
        (#"{"a":}"#, Words(.malformed, nil, 5, "expected a value")),
        (#"{"a":-}"#, Words(.malformed, nil, 5, "not a number as JSON writes it")),
        (#"{"a":nul}"#, Words(.malformed, nil, 5, "expected true, false or null")),
        (#"{"a":"b"#, Words(.malformed, nil, 7, "the string does not end")),
        ("{\"a\":\"b\n\"}", Words(.malformed, nil, 7, "a control character in a string must be escaped")),
        (#"{"a":"\q"}"#, Words(.malformed, nil, 6, "not an escape of JSON")),
        (#"{"a":"\u12g4"}"#, Words(.malformed, nil, 6, "not an escape of JSON")),
        (#"{"a":"\u12"#, Words(.malformed, nil, 6, "not an escape of JSON")),
        (#"{"a":"\ud800x"}"#, Words(.malformed, nil, 6, "half of a surrogate pair")),
        (#"{"a":"\ud800\n"}"#, Words(.malformed, nil, 6, "half of a surrogate pair")),
        (#"{"a":"\udc00"}"#, Words(.malformed, nil, 6, "half of a surrogate pair")),
        (#"{"a":"\ud800\ud800"}"#, Words(.malformed, nil, 6, "half of a surrogate pair")),
        (#"[1 2]"#, Words(.malformed, nil, 3, "expected ',' or ']' after a value")),
        (#"[1,]"#, Words(.malformed, nil, 3, "expected a value")),
        (#"[1"#, Words(.malformed, nil, 2, "expected ',' or ']' after a value")),
        (#"[]x"#, Words(.malformed, nil, 2, "expected the end of the body")),
        (#"{"a":1}x"#, Words(.malformed, nil, 7, "expected the end of the body, or a newline before the next object")),
        (#" 5"#, Words(.invalid, nil, 1, "expected an object or an array")),
        (#"{}"#, Words(.invalid, "description", 0, "is missing")),
        (#" {"description":"d"}"#, Words(.invalid, "country", 1, "is missing")),
        (#"{"description":"d","country":"GT"}"#, Words(.invalid, "weather", 0, "is missing")),
        (#"{"country":"QQ"}"#, Words(.invalid, "country", 11, "is not a country code of ISO 3166-1")),
        (#"{"country":7}"#, Words(.invalid, "country", 11, "must be a string")),
        (
            #"{"weather":"Snow"}"#,
            Words(.invalid, "weather", 11, "must be rainy, cloudy or sunny (Lluvioso, Nublado, Soleado)")
        ),
        (#"{"weather":[]}"#, Words(.invalid, "weather", 11, "must be a string")),
        (#"{"description":""}"#, Words(.invalid, "description", 15, "must not be empty")),
        (#"{"description":null}"#, Words(.invalid, "description", 15, "must be a string")),
        (#"{"id":"x"}"#, Words(.invalid, "id", 6, "is not a UUID")),
        (#"{"id":"00000000-0000-4000-8000-000000000000"}"#, Words(.invalid, "description", 0, "is missing")),
        (#"{"country":"GT","country":"GT"}"#, Words(.invalid, "country", 16, "is given twice")),
        (#"{"id":"x","\u0069d":"x"}"#, Words(.invalid, "id", 6, "is not a UUID")),
        // The first thing that is wrong is named, unless the body is not even JSON.
        (#"{"weather":1,"country":2}"#, Words(.invalid, "weather", 11, "must be a string")),
        (#"{"weather":1,"country":2]"#, Words(.malformed, nil, 24, "expected ',' or '}' after a value")),
    ])
    func namesThePlace(_ body: String, _ error: Words) {
        let outcome = read(body)
        #expect(Words(outcome.error) == error)
        #expect(outcome.batch.isEmpty)
    }

    /// RFC 3629: shortest forms only, no surrogates, nothing above U+10FFFF, nothing cut off; at every distance from
    /// the end.
    @Test func wrongUTF8() {
        let wrong: [[UInt8]] = [
            [0x80], [0xbf], [0xc0, 0x80], [0xc1, 0xbf], [0xc2], [0xc2, 0x41], [0xe0, 0x80, 0x80], [0xe0, 0x9f, 0xbf],
            [0xe1, 0x80],
            [0xed, 0xa0, 0x80], [0xed, 0xbf, 0xbf], [0xf0, 0x80, 0x80, 0x80], [0xf0, 0x8f, 0xbf, 0xbf],
            [0xf4, 0x90, 0x80, 0x80],
            [0xf5, 0x80, 0x80, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80], [0xfe], [0xff], [0xf1, 0x80, 0x80],
            [0xf1, 0x80, 0x80, 0x41],
            [0xe2, 0x98, 0x94, 0x80], [0xe2, 0x28, 0xa1],
        ]
        for bytes in wrong {
            for padding in 0..<40 {
                let before = Array(#"{"x":""#.utf8) + [UInt8](repeating: 97, count: padding)
                let start = before.count + (bytes == [0xe2, 0x98, 0x94, 0x80] ? 3 : 0)
                for tail in [#"""#, #"","country":"GT","weather":"rainy","description":"d"}"#] {
                    let error = read(before + bytes + Array(tail.utf8)).error
                    #expect(Words(error) == Words(.malformed, nil, start, "not UTF-8"), "\(bytes) \(padding)")
                }
            }
        }
    }

    /// Every body that is cut off is malformed, wherever; none crashes.
    @Test func everyPrefixIsMalformed() {
        let body = Array(
            (#"[{"description":"é\u00e9\ud83d\ude00😀","country":"GT","x":[1.5e3,{"a":null}],"#
                + #""weather":"rainy"},{"id":0}]"#).utf8)
        #expect(read(body).many?.count == 1)
        for length in 0..<body.count {
            #expect(read(Array(body.prefix(length))).error?.kind == .malformed, "\(length)")
        }
    }

    /// One byte changed anywhere in a body never crashes, and what is taken is canonical.
    @Test func anyByteChanged() {
        let body = Array(
            "{\"id\":\"\(clientID(at: noon))\",\"description\":\"\\u00e9 é\",\"country\":\"GT\",\"weather\":\"rainy\"}"
                .utf8)
        for place in body.indices {
            for byte in stride(from: UInt8(0), to: 255, by: 3) {
                var changed = body
                changed[place] = byte
                let outcome = read(changed)
                #expect((outcome.single != nil) == (outcome.batch.count == 1))
                var columns = Columns()
                TweetReader().columns(of: outcome.batch, into: &columns) { index, error in
                    Issue.record("\(index) \(error)")
                }
            }
        }
    }
}
