import CMicroHTTPD

/// What a client sent. Only for the call it was given to: it is not `Sendable`, and a header asked for later is nil.
package struct Request {
    /// As sent: methods are case-sensitive.
    package let method: String
    /// The target up to the query, as sent: nothing in it is percent-decoded.
    package let path: String
    /// What follows the first `?` of the target, as sent; nil without one.
    package let query: String?
    /// Empty in `admit`. May be kept: it is a value; keeping it costs the connection a new buffer, not a copy.
    package let body: [UInt8]

    private let connection: Connection
    private let number: UInt64

    init(_ connection: Connection) {
        method = connection.method
        path = connection.path
        query = connection.query
        body = connection.body
        number = connection.requestNumber
        self.connection = connection
    }

    /// The value of the first header of that name, in any case; nil without one. Looked up at each call.
    package func header(_ name: String) -> String? {
        guard number == connection.requestNumber else { return nil }
        let value = unsafe MHD_lookup_connection_value(connection.handle, .HEADER_KIND, name)
        return unsafe value.map { unsafe String(cString: $0) }
    }

    /// The right to answer later and from any thread. Return `.later` after taking it; the first answer counts.
    package func responder() -> Responder {
        connection.hasResponder = true
        return Responder(connection.ticket, connection.inbox)
    }
}
