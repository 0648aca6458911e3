import Glibc

// The calls of the kernel that the client needs, and nothing else; every `unsafe` of the client stands here.

/// What a call on a non-blocking socket came to.
enum SocketResult: Equatable {
    case bytes(Int)
    /// Nothing now; the poller will say when.
    case wouldBlock
    /// The other side closed in order.
    case closed
    /// It failed with this errno.
    case failed(CInt)
}

/// The bytes of an address literal, 4 or 16 of them; nil for every other text.
func ipAddress(_ text: String, bytes count: Int) -> [UInt8]? {
    var address = [UInt8](repeating: 0, count: count)
    let rc = unsafe address.withUnsafeMutableBytes {
        unsafe inet_pton(count == 4 ? AF_INET : AF_INET6, text, $0.baseAddress)
    }
    return rc == 1 ? address : nil
}

/// A TCP socket that never blocks. Owner: who holds the value; `close` ends it, there is no deinit.
struct Socket {
    let descriptor: CInt

    /// Starts to connect; the socket turns writable when that is decided, and `connectError` tells how.
    static func connecting(to target: HTTPTarget) -> Result<Socket, SocketError> {
        let family = if case .v4 = target.host { AF_INET } else { AF_INET6 }
        let descriptor = socket(
            family, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return .failure(SocketError(errno: errno)) }
        var on: CInt = 1
        // A request is one write; waiting for more of it would only delay it.
        unsafe setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
        let rc = connect(descriptor, to: target)
        guard rc == 0 || errno == EINPROGRESS else {
            let error = SocketError(errno: errno)
            Glibc.close(descriptor)
            return .failure(error)
        }
        return .success(Socket(descriptor: descriptor))
    }

    private static func connect(_ descriptor: CInt, to target: HTTPTarget) -> CInt {
        switch target.host {
        case .v4(let bytes):
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = target.port.bigEndian
            unsafe withUnsafeMutableBytes(of: &address.sin_addr) { unsafe $0.copyBytes(from: bytes) }
            return unsafe withUnsafeBytes(of: &address) { raw in
                unsafe Glibc.connect(
                    descriptor, raw.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(raw.count))
            }
        case .v6(let bytes):
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = target.port.bigEndian
            unsafe withUnsafeMutableBytes(of: &address.sin6_addr) { unsafe $0.copyBytes(from: bytes) }
            return unsafe withUnsafeBytes(of: &address) { raw in
                unsafe Glibc.connect(
                    descriptor, raw.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(raw.count))
            }
        }
    }

    /// The errno with which connecting failed; 0 when it did not.
    var connectError: CInt {
        var error: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        let rc = unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size)
        return rc == 0 ? error : errno
    }

    /// Sends what it can of `bytes` from `start` on. SIGPIPE is not raised.
    func send(_ bytes: [UInt8], from start: Int) -> SocketResult {
        let count = unsafe bytes.withUnsafeBytes { buffer in
            unsafe Glibc.send(
                descriptor, buffer.baseAddress.map { unsafe $0 + start }, buffer.count - start, CInt(MSG_NOSIGNAL))
        }
        return count >= 0 ? .bytes(count) : Self.failure(errno)
    }

    /// Fills `buffer` from `start` on with what is there.
    func receive(into buffer: inout [UInt8], at start: Int) -> SocketResult {
        let count = unsafe buffer.withUnsafeMutableBytes { buffer in
            unsafe recv(descriptor, buffer.baseAddress.map { unsafe $0 + start }, buffer.count - start, 0)
        }
        return count > 0 ? .bytes(count) : count == 0 ? .closed : Self.failure(errno)
    }

    func close() { Glibc.close(descriptor) }

    private static func failure(_ error: CInt) -> SocketResult {
        // EINTR cannot happen on a non-blocking socket; if it does, the poller asks again.
        error == EAGAIN || error == EWOULDBLOCK || error == EINTR ? .wouldBlock : .failed(error)
    }
}

struct SocketError: Error, Equatable, CustomStringConvertible {
    let errno: CInt
    var description: String { unsafe String(cString: strerror(errno)) }
}
