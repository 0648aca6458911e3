import Glibc

/// A socket that is bound and listens. Owner: the value, until `release` hands the descriptor on.
struct ListeningSocket: ~Copyable {
    private let descriptor: CInt
    /// The real one.
    let port: UInt16

    /// Bound here and not by libmicrohttpd, which says of a failure only that there was one.
    init(_ address: Address, backlog: Int) throws(HTTPError) {
        guard let socketAddress = SocketAddress(host: address.host, port: address.port) else {
            throw HTTPError(address, "is no IPv4 or IPv6 address")
        }
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(socketAddress.isIPv6 ? AF_INET6 : AF_INET, kind, 0)
        guard descriptor >= 0 else { throw HTTPError(address, errno: errno) }
        // Connections of the last run that wait for their end (TIME_WAIT) do not keep the port.
        var on: CInt = 1
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<CInt>.size))
        guard unsafe socketAddress.withPointer({ unsafe bind(descriptor, $0, $1) }) == 0,
            listen(descriptor, CInt(clamping: backlog)) == 0
        else {
            let error = HTTPError(address, errno: errno)
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        port = Self.port(of: descriptor) ?? address.port
    }

    deinit { close(descriptor) }

    /// The descriptor, to be closed by whoever takes it.
    consuming func release() -> CInt {
        let descriptor = descriptor
        discard self
        return descriptor
    }

    private static func port(of descriptor: CInt) -> UInt16? {
        // Family and port stand in the same place in both kinds of address.
        var address = sockaddr_in6()
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let rc = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe getsockname(descriptor, pointer, &size)
            }
        }
        return rc == 0 ? UInt16(bigEndian: address.sin6_port) : nil
    }
}
