/// Where requests go: an address, a port and a path.
struct HTTPTarget: Equatable, Sendable {
    enum Host: Equatable, Sendable {
        case v4([UInt8])
        case v6([UInt8])
    }

    let host: Host
    let port: UInt16
    /// As it stands in the request line: path and query.
    let path: String
    /// As it stands in the header `Host`.
    let authority: String

    /// `http://HOST[:PORT][/PATH]`; nil for every other text. There is no name resolution: it would block the one
    /// thread.
    init?(_ text: String) {
        guard text.hasPrefix("http://"), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return nil }
        let rest = text.dropFirst(7)
        let slash = rest.firstIndex(where: { $0 == "/" || $0 == "?" }) ?? rest.endIndex
        let place = rest[..<slash]
        let tail = String(rest[slash...])
        guard !tail.contains("#"), !place.contains("@") else { return nil }
        path = tail.hasPrefix("/") ? tail : "/" + tail
        authority = String(place)

        var name = place
        var portText: Substring?
        if place.hasPrefix("[") {
            guard let close = place.firstIndex(of: "]") else { return nil }
            name = place[place.index(after: place.startIndex)..<close]
            let after = place[place.index(after: close)...]
            guard after.isEmpty || after.hasPrefix(":") else { return nil }
            if !after.isEmpty { portText = after.dropFirst() }
            guard let address = ipAddress(String(name), bytes: 16) else { return nil }
            host = .v6(address)
        } else {
            if let colon = place.firstIndex(of: ":") {
                name = place[..<colon]
                portText = place[place.index(after: colon)...]
            }
            guard let address = ipAddress(name == "localhost" ? "127.0.0.1" : String(name), bytes: 4) else {
                return nil
            }
            host = .v4(address)
        }
        guard let portText else {
            port = 80
            return
        }
        guard let number = UInt16(portText), number > 0 else { return nil }
        port = number
    }
}
