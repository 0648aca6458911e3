import Testing

@testable import Dashboard

@Suite struct JSONWriterTests {
    private func written(_ write: (inout JSONWriter) -> Void) -> String {
        var json = JSONWriter()
        write(&json)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    @Test func commasStandBetweenAndNowhereElse() {
        let text = written { json in
            json.object { json in
                json.name("none")
                json.array { _ in }
                json.name("some")
                json.array { json in
                    json.value(1)
                    json.object { _ in }
                    json.value(true)
                }
                json.name("last")
                json.null()
            }
        }
        #expect(text == #"{"none":[],"some":[1,{},true],"last":null}"#)
    }

    @Test(arguments: [
        ("a\"b\\c", #""a\"b\\c""#), ("\n\t\u{0}\u{1f}", #""\n\u0009\u0000\u001f""#), ("<b>é🇬🇹", #""<b>é🇬🇹""#),
    ])
    func textIsEscaped(text: String, expected: String) {
        #expect(written { $0.value(text) } == expected)
    }

    @Test(
        arguments: [
            (0.0, "0"), (3.0, "3"), (1.005, "1"), (12.346, "12.35"), (-0.5, "-0.5"), (1e300, "1e+300"),
            (.infinity, "null"),
            (.nan, "null"), (nil, "null"),
        ] as [(Double?, String)])
    func numbersAreRoundedAndFinite(number: Double?, expected: String) {
        #expect(written { $0.value(number) } == expected)
    }
}
