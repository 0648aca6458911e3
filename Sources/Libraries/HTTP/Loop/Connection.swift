import Glibc

/// One TCP connection and the request under way on it. The loop thread's own.
@safe
final class Connection {
    enum Phase {
        /// Waits for a head, or for the end of one.
        case head
        case body
        /// Suspended until a responder answers.
        case waiting
        case answering
        case streaming
    }

    /// Valid until the connection's end is told.
    let handle: OpaquePointer
    let socket: CInt
    let slot: Int
    let inbox: Inbox

    var phase = Phase.head
    /// When the client is cut; `Int64.max` while it waits for us.
    var deadline: Int64
    var isSuspended = false
    var isCut = false

    /// 0 between requests.
    var requestNumber: UInt64 = 0
    var method = ""
    var path = ""
    var query: String?
    var body: [UInt8] = []
    var bodyMax = 0
    /// How much of the body was there when `hasGone` was last asked.
    private var bodySwept = -1
    /// What this request has reserved of `HTTPLimits.bodies`.
    var reserved = 0
    /// The answer of `admit`, kept until the last call for the request, so that the connection can stay open.
    var refusal: Response?
    var hasResponder = false
    var stream: EventStream?

    /// What a buffer may keep between two requests: idle connections are many.
    private static let idleBodyMax = 16 << 10

    init(handle: OpaquePointer, socket: CInt, slot: Int, inbox: Inbox, deadline: Int64) {
        unsafe self.handle = handle
        (self.socket, self.slot, self.inbox, self.deadline) = (socket, slot, inbox, deadline)
    }

    var ticket: Ticket { Ticket(slot: slot, number: requestNumber) }

    func beginRequest(_ number: UInt64, deadline: Int64) {
        requestNumber = number
        phase = .body
        self.deadline = deadline
        bodySwept = -1
    }

    /// Whether the client has ended its side in the middle of a body, as seen by two calls between which nothing came.
    ///
    /// libmicrohttpd 0.9.75 does not read again after it got less than it asked for, so of an end that came together
    /// with the last bytes it learns only when the connection has been silent for too long.
    func hasGone() -> Bool {
        guard phase == .body, !isCut else { return false }
        guard bodySwept == body.count else {
            bodySwept = body.count
            return false
        }
        var byte: UInt8 = 0
        return unsafe recv(socket, &byte, 1, CInt(MSG_PEEK | MSG_DONTWAIT)) == 0
    }

    func endRequest(deadline: Int64) {
        phase = .head
        self.deadline = deadline
        requestNumber = 0
        bodyMax = 0
        refusal = nil
        hasResponder = false
        stream = nil
        emptyBody()
    }

    func emptyBody() {
        if body.capacity > Self.idleBodyMax {
            body = []
        } else {
            body.removeAll(keepingCapacity: true)
        }
    }
}
