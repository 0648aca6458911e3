import Dispatch
import Glibc
import Synchronization

/// A tiny HTTP server on raw sockets: a closure answers each request with bytes of its own making, right or wrong.
final class TestServer: Sendable {
    enum Reply: Sendable {
        case send(String)
        case sendAndClose(String)
        /// Closes without a word.
        case drop
        /// Never answers.
        case silence
    }

    struct Request: Sendable {
        /// Counted from 0 over all connections.
        let number: Int
        let head: String
        let body: String
    }

    let port: UInt16
    private let listener: CInt
    private let isStopped = Atomic(false)
    private let ended = DispatchSemaphore(value: 0)
    private let seen = Mutex<[Request]>([])

    var requests: [Request] { seen.withLock { $0 } }
    var url: String { "http://127.0.0.1:\(port)/input" }

    init(_ answer: @escaping @Sendable (Request) -> Reply) {
        (listener, port) = Self.listen()
        DispatchQueue(label: "server").async { [self] in
            serve(answer)
            ended.signal()
        }
    }

    func stop() {
        isStopped.store(true, ordering: .relaxed)
        ended.wait()
        close(listener)
    }

    private static func listen() -> (CInt, UInt16) {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                precondition(unsafe bind(descriptor, address, size) == 0)
                precondition(Glibc.listen(descriptor, 128) == 0)
                precondition(unsafe getsockname(descriptor, address, &size) == 0)
            }
        }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    private func serve(_ answer: (Request) -> Reply) {
        var pending: [CInt: [UInt8]] = [:]
        var polled = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
        while !isStopped.load(ordering: .relaxed) {
            _ = unsafe poll(&polled, nfds_t(polled.count), 10)
            for entry in polled where entry.revents != 0 {
                if entry.fd == listener {
                    let connection = accept(listener, nil, nil)
                    if connection >= 0 { pending[connection] = [] }
                } else if !read(entry.fd, &pending[entry.fd, default: []], answer) {
                    close(entry.fd)
                    pending[entry.fd] = nil
                }
            }
            polled = ([listener] + pending.keys).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        }
        for connection in pending.keys { close(connection) }
    }

    /// False when the connection is to be closed.
    private func read(_ connection: CInt, _ bytes: inout [UInt8], _ answer: (Request) -> Reply) -> Bool {
        var piece = [UInt8](repeating: 0, count: 65536)
        let count = unsafe piece.withUnsafeMutableBytes { unsafe recv(connection, $0.baseAddress, $0.count, 0) }
        guard count > 0 else { return false }
        bytes += piece[..<count]
        guard let split = headEnd(bytes) else { return true }
        let head = String(decoding: bytes[..<(split - 4)], as: UTF8.self)
        guard let length = contentLength(head), bytes.count - split >= length else { return true }
        let body = String(decoding: bytes[split...], as: UTF8.self)
        bytes = []
        let request = seen.withLock { seen in
            seen.append(Request(number: seen.count, head: head, body: body))
            return seen[seen.count - 1]
        }
        switch answer(request) {
        case .send(let reply): return write(reply, connection)
        case .sendAndClose(let reply):
            _ = write(reply, connection)
            return false
        case .drop: return false
        case .silence: return true
        }
    }

    private func write(_ text: String, _ connection: CInt) -> Bool {
        let bytes = Array(text.utf8)
        return unsafe bytes.withUnsafeBytes { unsafe send(connection, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
            == bytes.count
    }

    private func headEnd(_ bytes: [UInt8]) -> Int? {
        let end: [UInt8] = [13, 10, 13, 10]
        return (4..<max(4, bytes.count + 1)).first(where: { bytes[($0 - 4)..<$0].elementsEqual(end) })
    }

    private func contentLength(_ head: String) -> Int? {
        for line in head.split(separator: "\r\n") where line.lowercased().hasPrefix("content-length: ") {
            return Int(line.dropFirst(16))
        }
        return nil
    }
}

extension TestServer {
    static func answer(_ body: String, _ status: String = "200 OK", headers: String = "") -> String {
        "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\n\(headers)"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// What the gateway says to one tweet without an id.
    static func accepted(_ number: Int) -> Reply {
        .send(answer(#"{"accepted":1,"id":"\#(TestIDs.made(number))"}"#))
    }
}

/// Ids as text, put together here by hand: what the code under test makes of them is compared with these.
enum TestIDs {
    /// One of the gateway's: session 7, this sequence number (below 4096).
    static func made(_ sequence: Int, session: Int = 7) -> String {
        "00000000-0000-8\(hex(sequence, 3))-8000-\(hex(session, 12))"
    }

    /// One of a client's.
    static func own(_ number: Int) -> String { "019ab000-0000-7000-8000-\(hex(number, 12))" }

    private static func hex(_ value: Int, _ digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: digits - text.count) + text
    }
}

/// A folder that goes away with the value's last use.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        // In memory where the system has that: the stores here are opened and closed hundreds of times.
        let base = unsafe access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array("\(base)/load-tests-XXXXXX".utf8CString)
        let made = unsafe template.withUnsafeMutableBufferPointer { buffer in
            unsafe buffer.baseAddress.map { unsafe mkdtemp($0) != nil } ?? false
        }
        precondition(made)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        guard let directory = unsafe opendir(path) else { return }
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            unsafe unlink("\(path)/\(name)")
        }
        unsafe closedir(directory)
        unsafe rmdir(path)
    }

    func write(_ name: String, _ text: String) -> String {
        let file = "\(path)/\(name)"
        let bytes = Array(text.utf8)
        let descriptor = unsafe open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
        precondition(count == bytes.count)
        close(descriptor)
        return file
    }
}
