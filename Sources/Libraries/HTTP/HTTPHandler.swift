/// What becomes of a request whose head has arrived.
package enum Admission: Sendable {
    /// Read the body, of `limit` bytes at most; a longer one is answered 413, or cut when it is chunked.
    case read(limit: Int)
    /// Answer at once. The connection is closed if a body would follow, and stays open otherwise.
    case refuse(Response)
}

/// What becomes of a request that has arrived whole.
package enum Answer: Sendable {
    case now(Response)
    /// A responder was taken from the request and will answer; if none was taken, the answer is 500.
    case later
    /// Server-sent events until the stream is closed; one stream answers one request.
    case events(EventStream)
}

/// What a server serves. Every call comes on the server's loop thread, must not block, and may not use its request
/// later.
package protocol HTTPHandler: Sendable {
    /// The head is complete, the body not read: `request.body` is empty.
    func admit(_ request: Request) -> Admission

    /// The body is complete.
    func respond(to request: Request) -> Answer

    /// Everything that was ready has been served: the place to hand on, as one batch, what came in since the last call.
    ///
    /// Comes at least ten times a second, so it also serves as a slow clock.
    func passEnded()

    /// What the server itself answers a body that is larger than `admit` allowed: 413.
    var tooLarge: Response { get }

    /// What the server itself answers when too many bodies are being read (`HTTPLimits.bodies`): 503.
    var tooManyBodies: Response { get }
}

extension HTTPHandler {
    package func passEnded() {}
    package var tooLarge: Response { .tooLarge }
    package var tooManyBodies: Response { .tooManyBodies }
}
