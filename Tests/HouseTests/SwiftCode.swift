/// Swift without its words: comments are cut, string literals are emptied, so that rules see code only.
///
/// Not a parser: it knows `//`, `/* */`, `"…"`, `#"…"#` and `"""`, and treats what is interpolated as text.
struct SwiftCode {
    private var isInBlockComment = false
    /// The delimiter that ends the multi-line literal that the next line begins in.
    private var multilineEnd: String?

    /// The code of each line, in order.
    static func lines(of text: [String]) -> [String] {
        var code = SwiftCode()
        return text.map { code.strip($0) }
    }

    private mutating func strip(_ line: String) -> String {
        var code = ""
        var rest = line[...]
        while !rest.isEmpty {
            if let end = multilineEnd {
                guard let found = rest.firstRange(of: end) else { return code }
                rest = rest[found.upperBound...]
                multilineEnd = nil
            } else if isInBlockComment {
                guard let found = rest.firstRange(of: "*/") else { return code }
                rest = rest[found.upperBound...]
                isInBlockComment = false
            } else if rest.hasPrefix("//") {
                return code
            } else if rest.hasPrefix("/*") {
                isInBlockComment = true
                rest = rest.dropFirst(2)
            } else if let literal = openedLiteral(rest) {
                code += "\"\""
                rest = rest.dropFirst(literal.opening.count)
                if literal.isMultiline { multilineEnd = literal.end } else { rest = afterLiteral(rest, literal.end) }
            } else {
                code.append(rest.removeFirst())
            }
        }
        return code
    }

    /// The string literal that begins here.
    private func openedLiteral(_ text: Substring) -> (opening: Substring, end: String, isMultiline: Bool)? {
        let hashes = text.prefix { $0 == "#" }
        let quotes = text[hashes.endIndex...].prefix { $0 == "\"" }
        guard !quotes.isEmpty else { return nil }
        let isMultiline = quotes.count >= 3
        let quote = isMultiline ? "\"\"\"" : "\""
        return (text.prefix(hashes.count + quote.count), quote + hashes, isMultiline)
    }

    private func afterLiteral(_ text: Substring, _ end: String) -> Substring {
        var rest = text
        while !rest.isEmpty {
            if rest.hasPrefix(end) { return rest.dropFirst(end.count) }
            // In a raw literal a backslash is a letter like any other.
            rest = rest.dropFirst(rest.hasPrefix("\\") && end == "\"" ? 2 : 1)
        }
        return rest
    }
}
