import Glibc
import HTTP

/// A client on one blocking socket: says a request, reads its answer by `Content-Length`.
final class Client {
    enum Failure: Error {
        case cannotConnect(CInt)
        case cannotSend
        /// The server closed, or said nothing for ten seconds.
        case noAnswer
        case malformed(String)
    }

    struct Reply {
        var status: Int
        /// Names in lower case.
        var headers: [String: String]
        var body: String
    }

    private let socket: CInt
    private var received: [UInt8] = []
    /// A server that nobody holds ends.
    private let gateway: TestGateway

    init(_ server: Address, of gateway: TestGateway) throws {
        self.gateway = gateway
        socket = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = server.port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let rc = unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe connect(socket, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard rc == 0 else {
            let code = errno
            close(socket)
            throw Failure.cannotConnect(code)
        }
    }

    deinit { close(socket) }

    func send(_ text: String) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let sent = unsafe rest.withUnsafeBytes { bytes in
                unsafe Glibc.send(socket, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
            }
            guard sent > 0 else { throw Failure.cannotSend }
            rest = rest.dropFirst(sent)
        }
    }

    /// - Parameter headers: lines; `Content-Length` is added when there is a body.
    func send(_ method: String, _ path: String, _ headers: [String] = [], body: String? = nil) throws {
        let length = body.map { ["Content-Length: \($0.utf8.count)"] } ?? []
        let head = ["\(method) \(path) HTTP/1.1", "Host: test"] + headers + length
        try send(head.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? ""))
    }

    /// - Parameter isHead: the answer has no body whatever its length says.
    func reply(isHead: Bool = false) throws -> Reply {
        var end: Int?
        while end == nil {
            end = received.indices.dropLast(3).first { received[$0..<$0 + 4].elementsEqual([13, 10, 13, 10]) }
            if end == nil { try receive() }
        }
        let lines = String(decoding: received[..<(end ?? 0)], as: UTF8.self).split(separator: "\r\n")
        received.removeFirst((end ?? 0) + 4)
        let words = lines[0].split(separator: " ")
        guard words.count >= 2, let status = Int(words[1]) else { throw Failure.malformed(String(lines[0])) }
        var reply = Reply(status: status, headers: [:], body: "")
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { reply.headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " }) }
        }
        let length = isHead ? 0 : reply.headers["content-length"].flatMap { Int($0) } ?? 0
        while received.count < length { try receive() }
        reply.body = String(decoding: received[..<length], as: UTF8.self)
        received.removeFirst(length)
        return reply
    }

    private func receive() throws {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = unsafe recv(socket, &buffer, buffer.count, 0)
        guard count > 0 else { throw Failure.noAnswer }
        received += buffer[..<count]
    }
}
