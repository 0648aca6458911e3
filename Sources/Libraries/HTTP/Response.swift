import CMicroHTTPD

/// An answer: immutable, so that one object may answer any number of requests from any thread.
///
/// Owns one reference to an `MHD_Response`; libmicrohttpd takes another for each use in flight, under a lock of its
/// own.
@safe
package final class Response: Sendable {
    /// 200 to 599.
    package let status: Int
    /// As given, also where HEAD or the status keep it from being sent.
    package let body: [UInt8]
    /// Without `Content-Type` and those that the server adds (`Date`, `Content-Length`, `Connection`).
    package let headers: [(String, String)]
    /// The media type.
    package let type: String
    /// The connection is closed after this answer.
    package let closes: Bool

    /// Nil when memory ran out: then nothing can be queued, and the connection is closed.
    private nonisolated(unsafe) let handle: OpaquePointer?

    /// - Parameters:
    ///   - status: 200 to 599; not for 1xx.
    ///   - body: not sent for HEAD, 204 and 304.
    ///   - type: the media type.
    ///   - headers: control characters in a value become spaces, and a header whose name is no token or whose value is
    ///     empty is left out: text from outside cannot add headers of its own.
    ///   - closes: the connection is closed after this answer.
    package init(
        _ status: Int, _ body: [UInt8], type: String, headers: [(String, String)] = [], closes: Bool = false
    ) {
        precondition((200...599).contains(status), "a final status has three digits")
        (self.status, self.body, self.type, self.headers, self.closes) = (status, body, type, headers, closes)
        let created = unsafe body.withUnsafeBytes { bytes in
            // `MUST_COPY`: the bytes are borrowed for this call only.
            unsafe MHD_create_response_from_buffer(
                bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress), .RESPMEM_MUST_COPY)
        }
        unsafe handle = created
        unsafe addHeader("Content-Type", type, to: created)
        for (name, value) in headers { unsafe addHeader(name, value, to: created) }
        if closes { unsafe addHeader("Connection", "close", to: created) }
    }

    /// The body as UTF-8.
    package convenience init(
        _ status: Int, _ body: String, type: String, headers: [(String, String)] = [], closes: Bool = false
    ) {
        self.init(status, Array(body.utf8), type: type, headers: headers, closes: closes)
    }

    deinit { unsafe MHD_destroy_response(handle) }

    /// Queues this answer for the request under way; false if it already has one. On the loop thread.
    func queue(on connection: OpaquePointer) -> Bool {
        unsafe MHD_queue_response(connection, UInt32(status), handle) == .YES
    }

    /// The same answer, after which the connection is closed.
    func closing() -> Response {
        closes ? self : Response(status, body, type: type, headers: headers, closes: true)
    }
}

/// Adds a header to a response that is not in use yet. A name that is no token and an empty value are left out; control
/// characters in the value become spaces (RFC 9110, section 5.5).
@unsafe
func addHeader(_ name: String, _ value: String, to response: OpaquePointer?) {
    guard !name.isEmpty, name.utf8.allSatisfy(Framing.isTokenByte) else { return }
    var value = value
    if !value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) {
        value = String(decoding: value.utf8.map { $0 >= 0x20 && $0 != 0x7F ? $0 : 0x20 }, as: UTF8.self)
    }
    _ = unsafe MHD_add_response_header(response, name, value)
}
