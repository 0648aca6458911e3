import CHiredis

/// Why a connection gave no reply. After it the connection is gone, and what was sent may have been done or not.
package struct RESPError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What callers branch on; open, because a newer library may have more.
    package struct Code: RawRepresentable, Hashable, Sendable {
        package let rawValue: CInt
        package init(rawValue: CInt) { self.rawValue = rawValue }

        /// The system refused to connect, read or write.
        package static var inputOutput: Code { Code(rawValue: REDIS_ERR_IO) }
        /// The server closed the connection.
        package static var closed: Code { Code(rawValue: REDIS_ERR_EOF) }
        /// What came is not RESP.
        package static var malformed: Code { Code(rawValue: REDIS_ERR_PROTOCOL) }
        /// No answer within the timeout. A code of ours.
        package static var timeout: Code { Code(rawValue: -1) }
        /// The server does not let us in: AUTH or SELECT failed. A code of ours.
        package static var refused: Code { Code(rawValue: -2) }
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) { (self.code, self.message) = (code, message) }

    package var description: String { message }
}
