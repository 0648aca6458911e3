/// What is banned, what to write instead, and the few places that may.
struct Ban: Sendable {
    let text: String
    let instead: String
    var allowedIn: [String] = []
    /// Looks at comments and strings too.
    var everywhere = false

    static let inSources = [
        Ban(text: "@unchecked Sendable", instead: "a Mutex, or nonisolated(unsafe) on one property that says why"),
        Ban(text: "try!", instead: "a typed error"),
        Ban(text: "as!", instead: "as? with an answer for nil"),
        Ban(text: "fatalError(", instead: "a typed error, or a precondition for a bug of ours"),
        Ban(
            text: "Task {", instead: "a service of the ServiceGroup",
            allowedIn: ["Sources/App/", "Sources/Foundations/Lifecycle/ServiceGroup.swift"]),
        Ban(text: "Task.detached", instead: "a service of the ServiceGroup", allowedIn: ["Sources/App/"]),
        Ban(text: "import Foundation", instead: "Glibc and the standard library: Foundation is 50 MB of binary"),
        Ban(text: "DispatchQueue", instead: "a BatchThread"),
        Ban(text: "usleep(", instead: "a wait that has a signal and a deadline"),
        Ban(text: "print(", instead: "the Log", allowedIn: ["Sources/App/"]),
        Ban(text: "@_", instead: "what the language offers without an underscore"),
        Ban(
            text: "unsafe", instead: "a wrapper in Libraries/, or Span",
            allowedIn: [
                "Sources/Libraries/", "Sources/Foundations/Lifecycle/", "Sources/Foundations/Telemetry/",
                // The hot loops over raw bytes: loads go through Source, stores through Sink.
                "Sources/Core/Tweets/",
                // A lock that lives as long as the process, and folders.
                "Sources/Adapters/Embedded/DataFolder.swift",
                // The generator's own client and files: it shares nothing with the pipeline.
                "Sources/Roles/Load/Client/Socket.swift", "Sources/Roles/Load/Common/",
            ]),
        Ban(text: "nonisolated(unsafe)", instead: "a Mutex", allowedIn: ["Sources/Libraries/"]),
    ]

    /// The project speaks of the project alone, and what is not done is an issue.
    static let everywhere = [
        Ban(text: "FIXME", instead: "an issue", everywhere: true),
        Ban(text: "TODO", instead: "an issue", everywhere: true),
        Ban(text: "/" + "work/", instead: "a path inside the project", everywhere: true),
    ].map { ban in
        var ban = ban
        ban.allowedIn = ["Tests/HouseTests/"]
        return ban
    }
}

/// The rules that look at one file. Each answers its findings, as `path:line: what`.
enum TidyRules {
    static func banned(_ file: SourceFile, _ bans: [Ban]) -> [String] {
        let code = SwiftCode.lines(of: file.lines)
        let relevant = bans.filter { !$0.allowedIn.contains(where: file.path.hasPrefix) }
        return file.lines.indices.flatMap { index in
            relevant.filter { containsWord($0.everywhere ? file.lines[index] : code[index], $0.text) }
                .map { "\(file.path):\(index + 1): '\($0.text)' is banned, use \($0.instead)" }
        }
    }

    /// `print(` is not in `fingerprint(`.
    private static func containsWord(_ line: String, _ word: String) -> Bool {
        line.ranges(of: word).contains { range in
            guard range.lowerBound > line.startIndex, let first = word.first, first.isLetter else { return true }
            let before = line[line.index(before: range.lowerBound)]
            return !before.isLetter && !before.isNumber && before != "_"
        }
    }

    /// `x!`, `f()!`, `a[0]!`: a trap that waits for data nobody thought of.
    static func forceUnwraps(_ file: SourceFile) -> [String] {
        zip(1..., SwiftCode.lines(of: file.lines)).filter { _, line in
            line.ranges(of: "!").contains { range in
                guard range.lowerBound > line.startIndex else { return false }
                let before = line[line.index(before: range.lowerBound)]
                let isPostfix = before.isLetter || before.isNumber || ")]_".contains(before)
                return isPostfix && !line[range.upperBound...].hasPrefix("=")
            }
        }.map { "\(file.path):\($0.0): '!' unwraps by force, use guard let" }
    }

    static func sizes(_ file: SourceFile) -> [String] {
        var findings: [String] = []
        // The last newline makes one more.
        if file.lines.count - 1 > 400 { findings.append("\(file.path): more than 400 lines, split it") }
        for (number, line) in zip(1..., file.lines) where line.count > 120 {
            findings.append("\(file.path):\(number): more than 120 columns")
        }
        for function in functions(in: SwiftCode.lines(of: file.lines)) where function.count > 70 {
            findings.append(
                "\(file.path):\(function.lowerBound + 1): a function of \(function.count) lines, at most 70")
        }
        return findings
    }

    private static func functions(in code: [String]) -> [Range<Int>] {
        code.indices.compactMap { index in
            let words = code[index].split { !$0.isLetter && $0 != "_" }
            guard words.contains("func") || words.contains("init"), !code[index].contains(".init") else { return nil }
            return function(in: code, from: index)
        }
    }

    /// From a line with `func` or `init` to the brace that closes it, at the same indentation.
    private static func function(in code: [String], from start: Int) -> Range<Int>? {
        let indentation = code[start].prefix { $0 == " " }
        let end = code[(start + 1)...].firstIndex { line in
            line.prefix { $0 == " " }.count <= indentation.count && !line.allSatisfy { $0 == " " }
                && !line.hasPrefix(indentation + ")")
        }
        guard let end, code[end] == indentation + "}" else { return nil }
        return start..<end + 1
    }

    static func blanks(_ file: SourceFile) -> [String] {
        var findings: [String] = []
        for (number, line) in zip(1..., file.lines) {
            if line.contains("\t"), !file.path.hasSuffix("Makefile") {
                findings.append("\(file.path):\(number): a tab")
            }
            if line.last == " " || line.last == "\t" { findings.append("\(file.path):\(number): trailing blanks") }
        }
        if file.lines.last != "" { findings.append("\(file.path): the last line has no newline") }
        return findings
    }

    /// `///` before what other files may use. What says all by itself needs no words: stored properties, one-line
    /// bodies, short initializers, and what a protocol requires: its declaration says it.
    static func undocumented(_ file: SourceFile, requirements: Set<String> = []) -> [String] {
        let code = SwiftCode.lines(of: file.lines)
        return code.indices.filter { index in
            let line = code[index].drop { $0 == " " }
            guard line.hasPrefix("package "), !isDocumented(file.lines, before: index) else { return false }
            let words = Set(line.split { !$0.isLetter && $0 != "_" }.map(String.init))
            if !words.isDisjoint(with: ["struct", "class", "enum", "protocol", "actor"]) { return true }
            let isOpen = !line.hasSuffix("}") && (line.hasSuffix("{") || line.hasSuffix("("))
            guard isOpen, !isWitness(code, index), !requirements.contains(functionName(line) ?? "") else {
                return false
            }
            if words.contains("init") { return (function(in: code, from: index)?.count ?? 0) > 5 }
            return !words.isDisjoint(with: ["func", "var", "subscript"])
        }.map { "\(file.path):\($0 + 1): no '///': what, units, errors, thread" }
    }

    /// The functions that the protocols of these files require.
    static func requirements(in files: [SourceFile]) -> Set<String> {
        var names: Set<String> = []
        for file in files {
            let code = SwiftCode.lines(of: file.lines)
            for (index, line) in code.enumerated() where line.contains("protocol ") && line.hasSuffix("{") {
                let body = code[(index + 1)...].prefix { !$0.hasPrefix("}") }
                names.formUnion(body.compactMap(functionName))
            }
        }
        return names
    }

    private static func functionName(_ line: some StringProtocol) -> String? {
        line.firstRange(of: "func ").map { String(line[$0.upperBound...].prefix { $0.isLetter || $0.isNumber }) }
    }

    /// Directly inside `extension A: B {`.
    private static func isWitness(_ code: [String], _ index: Int) -> Bool {
        let indentation = code[index].prefix { $0 == " " }.count
        let opening = code[..<index].last { line in
            !line.allSatisfy { $0 == " " } && line.prefix { $0 == " " }.count < indentation && !line.hasPrefix("{")
        }
        // A list of protocols that does not fit one line ends in `{` on a line of its own, or goes on indented.
        guard let opening else { return false }
        return opening.hasPrefix("extension ") && (opening.contains(":") || opening.hasSuffix(","))
    }

    private static func isDocumented(_ lines: [String], before index: Int) -> Bool {
        for line in lines[..<index].reversed() {
            let words = line.drop { $0 == " " }
            if words.hasPrefix("///") { return true }
            if !words.hasPrefix("@") { return false }  // attributes stand between
        }
        return false
    }
}
