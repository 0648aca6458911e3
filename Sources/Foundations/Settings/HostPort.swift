/// An address to listen on or connect to: `127.0.0.1:8080`, `localhost:0`, `[::1]:8080`.
package struct HostPort: Hashable, Sendable {
    /// A name or an address; of IPv6 without the brackets.
    package var host: String
    /// 0 asks the system for a free one.
    package var port: UInt16

    package init(host: String, port: UInt16) { (self.host, self.port) = (host, port) }
}

extension HostPort: SettingValue {
    package static var expectation: String { "HOST:PORT such as 127.0.0.1:8080 or [::1]:8080" }
    package static var placeholder: String? { "HOST:PORT" }

    package init?(setting text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let port = UInt16(digits) else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil  // `::1:8080` says nothing about where the port begins
        }
        guard !host.isEmpty, !host.contains(where: { $0.isWhitespace || $0 == "[" || $0 == "]" || $0 == "/" }) else {
            return nil
        }
        self.init(host: String(host), port: port)
    }

    package var settingText: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
