import Testing

@testable import Gateway

/// The tables behind the door.
@Suite struct AdmissionTests {
    @Test(arguments: [
        "application/json", "APPLICATION/JSON", "application/json;charset=utf-8", "application/json; charset=UTF-8",
        "application/json ; charset=\"utf-8\"", "application/json; charset=us-ascii", "application/json; profile=x",
        "application/x-ndjson", "application/ndjson", "application/jsonl", "text/json", "application/problem+json",
        "application/vnd.api+json; ext=a", "\tapplication/json ", "",
    ])
    func typesOfJSON(_ type: String) { #expect(Gateway.isJSON(type)) }

    @Test(arguments: [
        "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml",
        "application/json; charset=latin1", "application/json; charset=utf-16", "application/json; charset=",
        "application/json; charset=utf-8; charset=utf-16", "application/jsonp", "text/x+json", "json",
        "; charset=utf-8",
        "application/json, application/xml", "*/*",
    ])
    func otherTypes(_ type: String) { #expect(!Gateway.isJSON(type)) }
}

/// Who may come in.
@Suite struct TokenTests {
    @Test(arguments: [
        ("Bearer secret", true), ("bearer secret", true), ("BEARER secret", true), ("Bearer    secret", true),
        ("Bearer ab", true), ("Bearer a", false), ("Bearer abab", false), ("Bearer aba", false), ("Bearer abc", false),
        ("Bearer secre", false), ("Bearer secrets", false), ("Bearer Secret", false), ("Bearer secretsecret", false),
        ("Bearer secret secret", false), ("Bearersecret", false), ("Bearer", false), ("Bearer ", false), ("", false),
        (" ", false), ("Basic secret", false), ("secret", false), ("Bearer ñandú", true), ("Bearer nandu", false),
    ])
    func tokenIsShownWhole(_ header: String, _ isAdmitted: Bool) {
        #expect(Tokens(["secret", "ab", "ñandú"]).admit(header) == isAdmitted)
    }

    @Test func nobodyIsAdmittedWithoutAHeaderUnlessNoTokenIsAskedFor() {
        #expect(!Tokens(["secret"]).admit(nil))
        #expect(Tokens([]).admit(nil))
        #expect(Tokens([]).admit("Bearer whatever"))
    }

    @Test(arguments: [
        ("one\ntwo\n", ["one", "two"], ["# one", "#"]),
        ("one\r\n\r\ntwo", ["one", "two"], ["one\r", "\r"]),
        (
            "# a comment\n  # another\n\n \t one \nover here\n", ["one", "over"],
            ["#", "here", "a", "comment", "another"]
        ),
        ("a#b", ["a#b"], ["a"]),
    ])
    func fileHasATokenALine(_ text: String, _ tokens: [String], _ others: [String]) {
        let found = Tokens(file: text)
        #expect(!found.isEmpty)
        for token in tokens { #expect(found.admit("Bearer \(token)"), "\(token)") }
        for other in others { #expect(!found.admit("Bearer \(other)"), "\(other)") }
    }

    @Test(arguments: ["", "\n\n", "# only words\n", "   \t\n"]) func fileWithoutATokenIsEmpty(_ text: String) {
        #expect(Tokens(file: text).isEmpty)
    }
}
