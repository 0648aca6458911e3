/// What `Package.swift` says of its targets, read from its text.
struct Manifest: Sendable {
    struct Target: Sendable, Equatable {
        let path: String
        let name: String
        let dependencies: Set<String>
    }

    /// Rooms, the executable and `TestKit`.
    let targets: [Target]
    let cModules: Set<String>
    /// Test targets and what they depend on.
    let tests: [String: Set<String>]

    init(text: String) {
        var targets: [Target] = []
        for call in Self.calls("room", in: text) where call.heads.count == 2 {
            let (floor, name) = (call.heads[0], call.heads[1])
            targets.append(Target(path: "Sources/\(floor)/\(name)", name: name, dependencies: call.list))
        }
        for kind in [".executableTarget", ".target"] {
            for call in Self.calls(kind, in: text) {
                guard let name = call.heads.first, let path = call.tail.first(where: { $0.hasPrefix("Sources/") })
                else {
                    continue
                }
                targets.append(Target(path: path, name: name, dependencies: call.list))
            }
        }
        self.targets = targets
        cModules = Set(Self.calls("library", in: text).compactMap(\.heads.first).filter { $0.hasPrefix("C") })
        let pairs = Self.calls("tests", in: text).compactMap { call in call.heads.first.map { ($0, call.list) } }
        tests = Dictionary(pairs, uniquingKeysWith: { $0.union($1) })
    }

    private struct Call {
        /// Strings before, in and behind the first list.
        var heads: [String] = []
        var list: Set<String> = []
        var tail: [String] = []
    }

    /// The calls of `function` whose arguments begin with a string.
    private static func calls(_ function: String, in text: String) -> [Call] {
        text.ranges(of: function + "(").compactMap { range in
            if range.lowerBound > text.startIndex {
                let before = text[text.index(before: range.lowerBound)]
                guard !before.isLetter, before != "." else { return nil }
            }
            return parse(text[range.upperBound...])
        }
    }

    private static func parse(_ text: Substring) -> Call? {
        var call = Call()
        var (depth, lists) = (1, 0)
        var isInList = false
        var rest = text
        while let character = rest.popFirst(), depth > 0 {
            switch character {
            case "(": depth += 1
            case ")": depth -= 1
            case "[":
                lists += 1
                isInList = lists == 1
            case "]": isInList = false
            case "\"":
                let string = String(rest.prefix { $0 != "\"" })
                rest = rest.dropFirst(string.count + 1)
                if string.contains("\\(") { return nil }  // the helper's own declaration
                if isInList {
                    call.list.insert(string)
                } else if lists == 0 {
                    call.heads.append(string)
                } else {
                    call.tail.append(string)
                }
            default: break
            }
        }
        return call
    }
}
