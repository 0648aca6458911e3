import Glibc
import HTTP

/// A client that says exactly the bytes it is told, on a blocking socket with a deadline.
final class Client {
    enum Failure: Error, Equatable {
        case cannotConnect(CInt)
        /// The server closed or reset the connection.
        case closed
        /// Nothing came in time.
        case silence
        case malformed(String)
    }

    struct Reply: Equatable {
        var status: Int
        /// Names in lower case.
        var headers: [String: String]
        var body: String
    }

    private let socket: CInt
    private var received: [UInt8] = []

    /// - Parameters:
    ///   - patience: how long one read may take.
    ///   - window: bytes the kernel may hold back for us; small ones make a slow reader.
    init(_ address: Address, patience: Double = 10, window: CInt? = nil) throws {
        let isIPv6 = address.host.utf8.contains(UInt8(ascii: ":"))
        socket = Glibc.socket(isIPv6 ? AF_INET6 : AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        if var window {
            unsafe setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &window, socklen_t(MemoryLayout<CInt>.size))
        }
        setPatience(patience)
        let rc = isIPv6 ? connect6(address.port) : connect4(address.port)
        guard rc == 0 else {
            let code = errno
            close(socket)
            throw Failure.cannotConnect(code)
        }
    }

    deinit { close(socket) }

    func setPatience(_ seconds: Double) {
        var time = timeval()
        time.tv_sec = Int(seconds)
        time.tv_usec = Int((seconds - seconds.rounded(.down)) * 1e6)
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        unsafe setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Only the loopback addresses are ever needed.
    private func connect4(_ port: UInt16) -> CInt {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe connect(socket, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private func connect6(_ port: UInt16) -> CInt {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = port.bigEndian
        unsafe inet_pton(AF_INET6, "::1", &address.sin6_addr)
        return unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe connect(socket, pointer, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
    }

    /// Each character is one byte (Latin-1), so that a test can say any byte.
    func send(_ text: String) throws {
        try send(bytes: text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
    }

    func send(bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = unsafe rest.withUnsafeBytes { bytes in
                unsafe Glibc.send(socket, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
            }
            guard sent > 0 else { throw errno == EAGAIN ? Failure.silence : .closed }
            rest = rest.dropFirst(sent)
        }
    }

    /// No more will be said; the answer can still be read.
    func finishSending() { shutdown(socket, CInt(SHUT_WR)) }

    // MARK: Reading

    /// The next answer; `100 Continue` is one, too.
    func reply(isHead: Bool = false) throws -> Reply {
        let head = try text(upTo: "\r\n\r\n")
        var lines = head.components(separatedBy: "\r\n")
        let start = lines.removeFirst().split(separator: " ")
        guard start.count >= 2, start[0].hasPrefix("HTTP/1."), let status = Int(start[1]) else {
            throw Failure.malformed(head)
        }
        var reply = Reply(status: status, headers: [:], body: "")
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { throw Failure.malformed(line) }
            reply.headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        if isHead || status < 200 || status == 204 || status == 304 { return reply }
        if let length = reply.headers["content-length"].flatMap({ Int($0) }) {
            reply.body = String(decoding: try bytes(length), as: UTF8.self)
        } else if reply.headers["transfer-encoding"] == "chunked", reply.headers["content-type"] != "text/event-stream"
        {
            while let piece = try chunk() { reply.body += piece }
        }
        return reply
    }

    /// The next piece of a chunked body; nil at its end.
    func chunk() throws -> String? {
        guard let size = Int(try text(upTo: "\r\n"), radix: 16) else { throw Failure.malformed("size of a chunk") }
        let piece = String(decoding: try bytes(size), as: UTF8.self)
        _ = try text(upTo: "\r\n")
        return size == 0 ? nil : piece
    }

    /// The answers until the server closes.
    func repliesUntilClosed() throws -> [Reply] {
        var replies: [Reply] = []
        while true {
            do {
                replies.append(try reply())
            } catch Failure.closed {
                return replies
            }
        }
    }

    /// Reads on and throws away, until the server closes; false if it does not in time.
    func isClosedInTime() -> Bool {
        while true {
            do {
                received = []
                try receive()
            } catch {
                return error as? Failure == .closed
            }
        }
    }

    private func text(upTo end: String) throws -> String {
        let end = Array(end.utf8)
        var searched = 0
        while true {
            var index = searched
            while index + end.count <= received.count {
                if received[index..<index + end.count].elementsEqual(end) {
                    defer { received.removeFirst(index + end.count) }
                    return String(decoding: received[..<index], as: UTF8.self)
                }
                index += 1
            }
            searched = index
            try receive()
        }
    }

    private func bytes(_ count: Int) throws -> [UInt8] {
        while received.count < count { try receive() }
        defer { received.removeFirst(count) }
        return Array(received[..<count])
    }

    private func receive() throws {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = unsafe recv(socket, &buffer, buffer.count, 0)
        if count == 0 || count < 0 && errno == ECONNRESET { throw Failure.closed }
        guard count > 0 else { throw Failure.silence }
        received += buffer[..<count]
    }
}

extension String {
    fileprivate func components(separatedBy separator: String) -> [String] {
        var parts: [String] = []
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}
