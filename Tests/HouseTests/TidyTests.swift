import Testing

/// Rules of the house that the compiler and the formatter do not know.
@Suite struct TidyTests {
    private func expectNone(_ findings: [String]) {
        #expect(findings.isEmpty, "\n\(findings.joined(separator: "\n"))")
    }

    private let sources = SourceTree.swift.filter(\.isSource)

    @Test func theTreeIsFound() {
        #expect(sources.contains { $0.path == "Sources/App/WeatherTweets/Main.swift" })
        #expect(SourceTree.files.contains { $0.path == "Makefile" })
        #expect(!SourceTree.files.contains { $0.path.hasPrefix(".build") })
    }

    @Test func nothingBannedInSources() { expectNone(sources.flatMap { TidyRules.banned($0, Ban.inSources) }) }
    @Test func nothingBannedAnywhere() { expectNone(SourceTree.files.flatMap { TidyRules.banned($0, Ban.everywhere) }) }
    @Test func noForceUnwraps() { expectNone(sources.flatMap(TidyRules.forceUnwraps)) }
    @Test func nothingIsTooLong() { expectNone(SourceTree.swift.flatMap(TidyRules.sizes)) }
    @Test func noStrayBlanks() { expectNone(SourceTree.files.flatMap(TidyRules.blanks)) }
    @Test func packageDeclarationsAreDocumented() {
        let requirements = TidyRules.requirements(in: sources)
        expectNone(sources.flatMap { TidyRules.undocumented($0, requirements: requirements) })
    }
}

/// The rules can fail.
@Suite struct TidyRulesTests {
    private func file(_ text: String, at path: String = "Sources/Core/Pipeline/A.swift") -> SourceFile {
        SourceFile(path: path, text: text)
    }

    @Test(arguments: [
        "let a = try! b", "class A: @unchecked Sendable {}", "Task { }", "  Task.detached { }",
        "import FoundationEssentials",
        "unsafe f(p)", "nonisolated(unsafe) let p: Int", "print(a)", "x as! Y", "default: fatalError(\"\")",
        "@_lifetime(borrow a)",
    ])
    func bansBite(line: String) { #expect(!TidyRules.banned(file(line), Ban.inSources).isEmpty) }

    @Test(arguments: [
        "// try! and unsafe", "let a = \"try! unsafe print(\"", "fingerprint(a)", "/* unsafe */ let a = 1",
        "let a = #\"unsafe \" try!\"#", "withTask {", "let a = \"\"\"\n    unsafe\n    \"\"\"",
        "let a = \"\\\" unsafe\"",
    ])
    func wordsDoNot(text: String) { #expect(TidyRules.banned(file(text), Ban.inSources) == []) }

    @Test func allowedPlacesAreAllowed() {
        let line = "unsafe f(p)"
        #expect(TidyRules.banned(file(line, at: "Sources/Libraries/SQLite/A.swift"), Ban.inSources) == [])
        #expect(!TidyRules.banned(file(line, at: "Sources/Roles/Gateway/A.swift"), Ban.inSources).isEmpty)
        #expect(!TidyRules.banned(file("// TODO: later"), Ban.everywhere).isEmpty)
    }

    @Test(arguments: [
        ("a!.b", true), ("f()!", true), ("a[0]! + 1", true), ("a != b", false), ("!a", false), ("\"Hey!\"", false),
    ])
    func forceUnwraps(line: String, isFound: Bool) { #expect(TidyRules.forceUnwraps(file(line)).isEmpty != isFound) }

    @Test func lengths() {
        let body = String(repeating: "    a()\n", count: 69)
        let deep = String(repeating: "        a()\n", count: 69)
        #expect(TidyRules.sizes(file("func f() {\n\(body)}\n")).count == 1)
        #expect(TidyRules.sizes(file("func f() {\n\(body.dropFirst(8))}\n")) == [])
        #expect(TidyRules.sizes(file("    package init(\n        a: Int\n    ) {\n\(deep)    }\n")).count == 1)
        #expect(TidyRules.sizes(file(String(repeating: "a\n", count: 401))).count == 1)
        #expect(TidyRules.sizes(file(String(repeating: "a\n", count: 400))) == [])
        #expect(TidyRules.sizes(file(String(repeating: "é", count: 121))).count == 1)
        #expect(TidyRules.sizes(file(String(repeating: "é", count: 120))) == [])
    }

    @Test func blanks() {
        #expect(TidyRules.blanks(file("a \n\tb\nc")).count == 3)
        #expect(TidyRules.blanks(file("a\n\n")) == [])
    }

    @Test func documentation() {
        #expect(TidyRules.undocumented(file("package struct A {")).count == 1)
        #expect(TidyRules.undocumented(file("/// Words.\n@safe\npackage struct A {")) == [])
        #expect(TidyRules.undocumented(file("    package func f(\n        a: Int")).count == 1)
        #expect(TidyRules.undocumented(file("    package var a: Int { b }\n    package let c = 1")) == [])
        #expect(TidyRules.undocumented(file("package import Tweets")) == [])
        let requirements = TidyRules.requirements(in: [file("protocol A {\n    func f()\n}\n")])
        #expect(TidyRules.undocumented(file("    package func f() {\n"), requirements: requirements) == [])
        #expect(TidyRules.undocumented(file("    package func g() {\n"), requirements: requirements).count == 1)
        let body = String(repeating: "        a()\n", count: 4)
        #expect(TidyRules.undocumented(file("    package init(a: Int) {\n\(body)    }\n")).count == 1)
        #expect(TidyRules.undocumented(file("    package init(a: Int) {\n        a()\n    }\n")) == [])
        #expect(TidyRules.undocumented(file("extension A: B {\n    package func f() {\n\(body)    }\n}\n")) == [])
        #expect(TidyRules.undocumented(file("extension A {\n    package func f() {\n\(body)    }\n}\n")).count == 1)
    }
}
