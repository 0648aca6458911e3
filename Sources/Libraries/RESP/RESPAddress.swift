/// Where a server is and who we are to it, from `redis://[user[:password]@]host[:port][/database]`.
///
/// Its description never shows the password, so it may stand in logs and errors.
package struct RESPAddress: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
    package var host: String
    package var port = 6379
    /// Of an access control list; nil: the default user.
    package var user: String?
    package var password: String?
    package var database = 0

    package init(host: String, port: Int = 6379) { (self.host, self.port) = (host, port) }

    /// Also `valkey://`. User and password may have `%40` in place of `@`, and so on.
    ///
    /// - Throws: what is wrong, in words that do not repeat the text: it may hold a password.
    package init(url: String) throws(RESPAddressError) {
        guard let scheme = url.firstRange(of: "://") else { throw .form }
        switch url[..<scheme.lowerBound] {
        case "redis", "valkey": break
        case "rediss", "valkeys": throw RESPAddressError("TLS is not supported here: use redis:// through a tunnel")
        default: throw .form
        }
        var rest = url[scheme.upperBound...]
        var credentials: Substring?
        if let at = rest.lastIndex(of: "@") {
            credentials = rest[..<at]
            rest = rest[rest.index(after: at)...]
        }
        if rest.contains("?") || rest.contains("#") { throw RESPAddressError("nothing may follow the database") }
        let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        (host, port) = try Self.place(parts[0])
        if parts.count == 2, !parts[1].isEmpty {
            guard let number = Int(parts[1]), number >= 0 else {
                throw RESPAddressError("the database is a number from 0")
            }
            database = number
        }
        guard let credentials else { return }
        let words = credentials.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        user = try Self.decoded(words[0])
        password = words.count == 2 ? try Self.decoded(words[1]) : nil
    }

    /// `host:port/database`.
    package var description: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)/\(database)" }
    package var debugDescription: String { description }

    private static func place(_ text: Substring) throws(RESPAddressError) -> (String, Int) {
        var host = text
        var port: Substring?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw .form }
            host = text[text.index(after: text.startIndex)..<end]
            let behind = text[text.index(after: end)...]
            guard behind.isEmpty || behind.hasPrefix(":") else { throw .form }
            port = behind.isEmpty ? nil : behind.dropFirst()
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        guard !host.isEmpty else { throw .form }
        guard let port else { return (String(host), 6379) }
        guard let number = Int(port), (1...65_535).contains(number) else {
            throw RESPAddressError("the port is a number from 1 to 65535")
        }
        return (String(host), number)
    }

    /// Without its percent signs; nil when empty.
    private static func decoded(_ text: Substring) throws(RESPAddressError) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), rest.count >= 2 else {
                throw RESPAddressError("a percent sign in user or password needs two hexadecimal digits behind it")
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }
}

/// Why a text is no address; never holds the text itself.
package struct RESPAddressError: Error, Equatable, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }

    static var form: RESPAddressError { Self("expected redis://[user[:password]@]host[:port][/database]") }
}
