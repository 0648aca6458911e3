import Gateway
import TestKit
import Testing

/// What the gateway says of itself.
@Suite struct DocumentTests {
    private func document() throws -> [String: any Sendable] {
        let client = try TestGateway().client()
        try client.send("GET", "/openapi.json")
        let reply = try client.reply()
        #expect(reply.status == 200)
        #expect(reply.headers["content-type"] == "application/json")
        return try reply.json()
    }

    private func at(_ path: [String], in document: [String: any Sendable]) throws -> [String: any Sendable] {
        try path.reduce(document) { try #require($0[$1] as? [String: any Sendable], "no \($1) in the document") }
    }

    @Test func documentNamesEveryStatusOfInput() throws {
        let responses = try at(["paths", "/input", "post", "responses"], in: document())
        // 404 is for other paths; 411 is the server's own.
        let ours = Problem.Kind.allCases.filter { $0 != .notFound }.map(\.status)
        #expect(Set(responses.keys) == Set((ours + [200, 202, 411]).map(String.init)))
        for status in ["429", "503"] {
            _ = try at([status, "headers", "Retry-After"], in: responses)
        }
        _ = try at(["405", "headers", "Allow"], in: responses)
        _ = try at(["401", "headers", "WWW-Authenticate"], in: responses)
        for status in responses.keys where status >= "400" {
            _ = try at([status, "content", "application/problem+json", "schema"], in: responses)
        }
    }

    @Test func everyReferenceOfTheDocumentIsThere() throws {
        let document = try document()
        #expect(document["openapi"] as? String == "3.1.0")
        var references: [String] = []
        func walk(_ value: Any) {
            if let object = value as? [String: any Sendable] {
                if let reference = object["$ref"] as? String { references.append(reference) }
                object.values.forEach(walk)
            } else if let array = value as? [any Sendable] {
                array.forEach(walk)
            }
        }
        walk(document)
        #expect(references.count > 10)
        for reference in Set(references) {
            let path = reference.split(separator: "/").map(String.init)
            #expect(path.first == "#")
            _ = try at(Array(path.dropFirst()), in: document)
        }
    }

    /// The answers have the members that the document requires, and no others.
    @Test func answersAreAsTheDocumentSays() throws {
        let schemas = try at(["components", "schemas"], in: document())
        let test = try TestGateway()
        for (body, schema) in [
            (TestGateway.tweet, "AcceptedOne"), ("[\(TestGateway.tweet),17]", "AcceptedMany"), ("{", "Problem"),
            (#"{"description":""}"#, "Problem"),
        ] {
            let answer = try test.post(body).json()
            let known = try at([schema, "properties"], in: schemas)
            let required = try #require(try at([schema], in: schemas)["required"] as? [String])
            #expect(Set(answer.keys).isSubset(of: known.keys), "\(schema)")
            #expect(Set(required).isSubset(of: answer.keys), "\(schema)")
        }
    }

    @Test func welcomeSaysHowToBegin() throws {
        let client = try TestGateway().client()
        try client.send("GET", "/")
        let reply = try client.reply()
        #expect(reply.status == 200)
        #expect(reply.headers["content-type"] == "text/plain; charset=utf-8")
        #expect(reply.body.contains("/input"))
        #expect(reply.body.contains("/openapi.json"))
        let example = try #require(reply.body.split(separator: "\n").first { $0.contains("{") })
        try client.send("POST", "/input", body: String(example))
        #expect(try client.reply().status == 200, "the example works")
    }

    @Test(arguments: ["/", "/openapi.json"]) func headHasNoBody(_ path: String) throws {
        let client = try TestGateway().client()
        try client.send("HEAD", path)
        #expect(try client.reply(isHead: true).status == 200)
        try client.send("GET", path)
        #expect(try client.reply().status == 200)
    }
}
