import Glibc

/// A connection of a client to a server on loopback, for tests: blocking, every read with a deadline.
final class Client {
    private let socket: CInt
    private var received: [UInt8] = []

    /// - Parameter port: of 127.0.0.1.
    init(port: UInt16) {
        socket = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var wait = timeval(tv_sec: 5, tv_usec: 0)
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                _ = unsafe connect(socket, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    deinit { close(socket) }

    func send(_ method: String, _ path: String) {
        let request = Array("\(method) \(path) HTTP/1.1\r\nHost: test\r\n\r\n".utf8)
        _ = unsafe request.withUnsafeBytes { unsafe write(socket, $0.baseAddress, $0.count) }
    }

    /// Reads on until `mark` has come; gives what came up to its end, or everything there was at the end or the
    /// deadline.
    func read(until mark: String) -> String {
        let mark = Array(mark.utf8)
        while true {
            if let end = end(of: mark) {
                defer { received.removeFirst(end) }
                return String(decoding: received[..<end], as: UTF8.self)
            }
            guard readMore() else { return String(decoding: received, as: UTF8.self) }
        }
    }

    private func end(of mark: [UInt8]) -> Int? {
        guard received.count >= mark.count else { return nil }
        for start in 0...received.count - mark.count where Array(received[start..<start + mark.count]) == mark {
            return start + mark.count
        }
        return nil
    }

    /// Sends a request and reads its head, and as much of the body as the head announces.
    func request(_ method: String, _ path: String) -> (head: String, body: String) {
        send(method, path)
        let head = read(until: "\r\n\r\n")
        let lines = head.split(separator: "\r\n")
        let length = lines.first { $0.lowercased().hasPrefix("content-length:") }?.split(separator: " ").last
        guard method != "HEAD", let length, let count = Int(length) else { return (head, "") }
        while received.count < count, readMore() {}
        defer { received.removeFirst(min(count, received.count)) }
        return (head, String(decoding: received.prefix(count), as: UTF8.self))
    }

    private func readMore() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(socket, $0.baseAddress, $0.count) }
        if count > 0 { received += buffer[..<count] }
        return count > 0
    }
}
