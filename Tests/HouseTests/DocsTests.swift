import Foundation
import Testing

/// What the pages say of files, targets, flags and metrics is so.
@Suite struct DocsTests {
    private let pages = SourceTree.files.filter { $0.path.hasSuffix(".md") }.map(Page.init)

    private func page(_ path: String) throws -> Page { try #require(pages.first { $0.path == path }, "\(path)") }

    private func expectNone(_ findings: [String]) {
        #expect(findings.isEmpty, "\n\(findings.joined(separator: "\n"))")
    }

    @Test func linksLeadSomewhere() {
        expectNone(
            pages.flatMap { page in
                page.brokenLinks(
                    isThere: { FileManager.default.fileExists(atPath: SourceTree.root.appending(path: $0).path) },
                    anchors: { path in pages.first { $0.path == path }?.anchors ?? [] })
            })
    }

    @Test func makeTargetsExist() throws {
        let makefile = try #require(SourceTree.files.first { $0.path == "Makefile" })
        let targets = Set(makefile.lines.compactMap { $0.firstMatch(of: #/^([a-z]+):/#).map { String($0.1) } })
        #expect(targets.contains("up"))
        expectNone(
            pages.flatMap { page in
                page.makeTargets.subtracting(targets).sorted().map { "\(page.path): 'make \($0)' is no target" }
            })
    }

    @Test func flagsExist() throws {
        // Where it is absent, `linksLeadSomewhere` says so.
        guard let reference = pages.first(where: { $0.path == "docs/configuration.md" }) else { return }
        let known = reference.flags.union(["--help"])
        #expect(known.contains("--listen"))
        for path in ["README.md", "README.es.md", "docs/operations.md", "docs/design.md"] {
            expectNone(try page(path).flags.subtracting(known).sorted().map { "\(path): \($0) is no flag" })
        }
    }

    /// Neither more nor less than there is.
    @Test func metricsAreExplained() throws {
        let sources = SourceTree.swift.filter(\.isSource).flatMap(\.lines).joined(separator: "\n")
        let made = Set(sources.matches(of: #/"(weather_tweets_[a-z_]+)"/#).map { String($0.1) })
        let operations = try page("docs/operations.md").code.joined(separator: "\n")
        let explained = Set(operations.matches(of: #/weather_tweets_[a-z_]+/#).map { String($0.0) })
        #expect(explained == made)
    }

    /// The Spanish page says the same: one can be read beside the other.
    @Test func theSpanishReadmeFollowsTheEnglishOne() throws {
        let (english, spanish) = (try page("README.md"), try page("README.es.md"))
        #expect(english.headings.map(\.level) == spanish.headings.map(\.level))
        #expect(english.blocks == spanish.blocks)
        #expect(english.tableRows == spanish.tableRows)
        func links(_ page: Page) -> [String] { page.links.filter { !$0.hasPrefix("README") }.sorted() }
        #expect(links(english) == links(spanish))
        #expect(english.links.first == "README.es.md" && spanish.links.first == "README.md")
    }
}

/// The rules can fail.
@Suite struct PageTests {
    private func page(_ text: String, at path: String = "docs/a.md") -> Page {
        Page(SourceFile(path: path, text: text))
    }

    @Test func linksAreFound() {
        let page = page(
            "[a](b.md) ![c](images/d.png) [e](../f.md#g-h) [i](#j) [k](https://l.m/) `[n](o)` <img src=\"r\">"
        )
        let files: Set = ["docs/b.md", "f.md", "docs/a.md"]
        let findings = page.brokenLinks(isThere: files.contains, anchors: { $0 == "f.md" ? ["g-h"] : [] })
        #expect(findings == ["images/d.png", "#j", "r"].map { "docs/a.md: \($0) leads nowhere" })
    }

    @Test func anchorsAreThoseOfTheHost() {
        let page = page("# One, two\n## 5. The `ports`\n## What it's not\n```\n# no heading\n```\n")
        #expect(page.anchors == ["one-two", "5-the-ports", "what-its-not"])
        #expect(page.headings.map(\.level) == [1, 2, 2])
    }

    @Test func commandsAreFound() {
        let page = page(
            """
            Make room with `make up ARGS="--data d"`, or `--listen` and `curl`; to make sense is no target.

            ```sh
            make fuzz SECONDS=60   # and more
            curl --data-binary @-
            .build/release/weather-tweets load --rate 5 \\
              --ledger f
            ```

            """)
        #expect(page.makeTargets == ["up", "fuzz"])
        #expect(page.flags == ["--data", "--listen", "--rate", "--ledger"])
    }

    @Test func blocksKeepTheirLanguage() {
        #expect(page("a\n```sh\nb\n\nc\n```\n").blocks == ["sh\nb\n\nc"])
    }
}

/// A Markdown file, as far as the rules look at it.
struct Page {
    struct Heading: Equatable {
        let level: Int
        let text: String
    }

    let path: String
    /// Fenced code, the word behind the fence first.
    private(set) var blocks: [String] = []
    private(set) var headings: [Heading] = []
    private(set) var tableRows = 0
    /// What is written between backticks.
    private var spans: [String] = []
    /// The rest.
    private var prose: [String] = []

    init(_ file: SourceFile) {
        path = file.path
        var block: [String]?
        for line in file.lines {
            if line.hasPrefix("```") {
                if let ended = block { blocks.append(ended.joined(separator: "\n")) }
                block = block == nil ? [String(line.dropFirst(3))] : nil
            } else if block != nil {
                block?.append(line)
            } else {
                read(line)
            }
        }
    }

    private mutating func read(_ line: String) {
        let hashes = line.prefix { $0 == "#" }
        if !hashes.isEmpty, line.dropFirst(hashes.count).hasPrefix(" ") {
            headings.append(Heading(level: hashes.count, text: String(line.dropFirst(hashes.count + 1))))
        }
        if line.hasPrefix("|") { tableRows += 1 }
        // Every second piece between backticks is code.
        for (place, piece) in line.split(separator: "`", omittingEmptySubsequences: false).enumerated() {
            if place % 2 == 1 { spans.append(String(piece)) } else { prose.append(String(piece)) }
        }
    }

    /// All code, of blocks and between backticks.
    var code: [String] { blocks + spans }

    /// Targets of links and pictures, in order, as they are written.
    var links: [String] {
        prose.flatMap { $0.matches(of: #/\]\(([^)\s]+)\)|src(?:set)?="([^"]+)"/#).map { String($0.1 ?? $0.2 ?? "") } }
    }

    /// What `#…` in a link to this page may say, as code hosts make it from headings.
    var anchors: Set<String> {
        Set(
            headings.map { heading in
                String(heading.text.lowercased().filter { $0.isLetter || $0.isNumber || "-_ ".contains($0) })
                    .replacing(" ", with: "-")
            })
    }

    /// - Parameters:
    ///   - isThere: whether a path from the root of the project is a file or a folder.
    ///   - anchors: of the page at a path.
    func brokenLinks(isThere: (String) -> Bool, anchors: (String) -> Set<String>) -> [String] {
        links.filter { link in
            if link.contains("://") || link.hasPrefix("mailto:") { return false }
            let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let target = parts[0].isEmpty ? path : resolved(parts[0])
            return !isThere(target) || parts.count > 1 && !anchors(target).contains(parts[1])
        }.map { "\(path): \($0) leads nowhere" }
    }

    /// From the root of the project.
    private func resolved(_ link: String) -> String {
        var folders = path.split(separator: "/").dropLast().map(String.init)
        for step in link.split(separator: "/") {
            if step == ".." { _ = folders.popLast() } else if step != "." { folders.append(String(step)) }
        }
        return folders.joined(separator: "/")
    }

    /// Of `make` commands in code.
    var makeTargets: Set<String> { Set(code.flatMap { $0.matches(of: #/\bmake ([a-z]+)/#).map { String($0.1) } }) }

    /// Flags of our own commands: between backticks, and in blocks in lines that call the program.
    var flags: Set<String> {
        let calls = blocks.flatMap { $0.replacing("\\\n", with: " ").split(separator: "\n") }
            .filter { $0.contains("weather-tweets ") || $0.contains("make ") }.map(String.init)
        return Set((spans + calls).flatMap { $0.matches(of: #/--[a-z][a-z-]+/#).map { String($0.0) } })
    }
}
