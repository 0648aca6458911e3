import Foundation
import Synchronization

/// A server that takes one connection and answers the next reads with what it was told, whatever was asked.
final class ScriptedServer: Sendable {
    enum Step: Sendable {
        /// Reads something, then answers.
        case answer(String)
        /// Closes the connection.
        case close
        /// Reads and never answers.
        case silence
    }

    let port: Int
    private let listener: Int32
    private let received = Mutex<[UInt8]>([])
    private let ended = DispatchSemaphore(value: 0)

    init(_ steps: Step...) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(listener, pointer, size) == 0 && listen(listener, 1) == 0
                    && getsockname(listener, pointer, &size) == 0
            }
        }
        guard isBound else { throw POSIXError(.EADDRINUSE) }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { self.serve(steps) }
    }

    deinit { close(listener) }

    private func serve(_ steps: [Step]) {
        let connection = accept(listener, nil, nil)
        defer { ended.signal() }
        for step in steps {
            if case .close = step { break }
            var bytes = [UInt8](repeating: 0, count: 65_536)
            let count = unsafe recv(connection, &bytes, bytes.count, 0)
            received.withLock { $0 += bytes.prefix(max(0, count)) }
            if case .answer(let text) = step { unsafe send(connection, text, text.utf8.count, Int32(MSG_NOSIGNAL)) }
            if case .silence = step {
                // Until the client has gone.
                while unsafe recv(connection, &bytes, bytes.count, 0) > 0 {}
            }
        }
        close(connection)
    }

    /// Everything that came, once the connection has ended.
    var text: String {
        ended.wait()
        return received.withLock { String(decoding: $0, as: UTF8.self) }
    }
}
