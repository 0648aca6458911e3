/// The bearer tokens of clients.
package struct Tokens: Sendable {
    private let tokens: [[UInt8]]

    /// - Parameter tokens: neither empty nor with spaces.
    package init(_ tokens: [String]) { self.tokens = tokens.map { Array($0.utf8) } }

    /// Nothing to show: everyone may come in.
    package var isEmpty: Bool { tokens.isEmpty }

    /// Reads a file's text: a token a line; empty lines and lines that begin with `#` are left out.
    package init(file text: String) {
        self.init(
            text.split(whereSeparator: \.isNewline).map { String($0.drop(while: \.isWhitespace)) }
                .map { String($0.prefix { !$0.isWhitespace }) }
                .filter { !$0.isEmpty && !$0.hasPrefix("#") })
    }

    /// Whether an `Authorization` header shows one of the tokens. The time taken tells nothing of where a wrong token
    /// differs or which one it resembles: every byte shown is compared with every token.
    package func admit(_ authorization: String?) -> Bool {
        if tokens.isEmpty { return true }
        guard let authorization else { return false }
        // "1*SP" stands between scheme and token (RFC 9110, section 11.4); nothing of it belongs to the token.
        let parts = authorization.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return false }
        // RFC 9110, section 11.4: one space or more.
        let shown = Array(parts[1].drop { $0 == " " }.utf8)
        var found: UInt8 = 0
        for token in tokens { found |= Self.equal(shown, token) }
        return found != 0
    }

    /// 1 when equal, else 0; always walks `shown` to its end.
    private static func equal(_ shown: [UInt8], _ token: [UInt8]) -> UInt8 {
        var difference: UInt8 = shown.count == token.count ? 0 : 1
        for (index, byte) in shown.enumerated() { difference |= byte ^ token[index % token.count] }
        return difference == 0 ? 1 : 0
    }
}
