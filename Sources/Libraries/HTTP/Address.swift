import Glibc

/// Where a server listens: an IPv4 or IPv6 literal, or "localhost" (which means 127.0.0.1), and a port. No name is
/// resolved.
package struct Address: Sendable, Hashable, CustomStringConvertible {
    /// Of IPv6 without the brackets.
    package var host: String
    /// 0 means: a free port, which the system chooses.
    package var port: UInt16

    /// Unchecked; a host that is no literal fails at `HTTPServer.start`.
    package init(host: String, port: UInt16) { (self.host, self.port) = (host, port) }

    /// Reads `HOST:PORT`, an IPv6 host in brackets: `127.0.0.1:8080`, `[::1]:0`, `localhost:80`.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        // Digits only: `UInt16` alone would also read "+80".
        guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let port = UInt16(digits) else { return nil }
        var host = text[..<colon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = host.dropFirst().dropLast() }
        guard let socketAddress = SocketAddress(host: String(host), port: port), socketAddress.isIPv6 == isBracketed
        else {
            return nil
        }
        self.init(host: String(host), port: port)
    }

    package var description: String { host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// An address as the kernel takes it.
enum SocketAddress {
    case ipv4(sockaddr_in)
    case ipv6(sockaddr_in6)

    init?(host: String, port: UInt16) {
        var ipv4 = sockaddr_in()
        if unsafe inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host, &ipv4.sin_addr) == 1 {
            ipv4.sin_family = sa_family_t(AF_INET)
            ipv4.sin_port = port.bigEndian
            self = .ipv4(ipv4)
            return
        }
        var ipv6 = sockaddr_in6()
        guard unsafe inet_pton(AF_INET6, host, &ipv6.sin6_addr) == 1 else { return nil }
        ipv6.sin6_family = sa_family_t(AF_INET6)
        ipv6.sin6_port = port.bigEndian
        self = .ipv6(ipv6)
    }

    var isIPv6: Bool {
        if case .ipv6 = self { true } else { false }
    }

    /// Lends the address to one call, which must not keep it.
    func withPointer<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        switch self {
        case .ipv4(let address): unsafe Self.lend(address, body)
        case .ipv6(let address): unsafe Self.lend(address, body)
        }
    }

    private static func lend<Address, R>(_ address: Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe body(pointer, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }
}
