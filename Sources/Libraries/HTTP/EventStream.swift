import Synchronization

/// Server-sent events for one client, sent from any thread, given out by `Answer.events`. What is sent before that
/// waits.
///
/// A client that does not take in what is sent, until `capacity` bytes wait, is cut: it comes back and gets the present
/// state, where a growing queue would give it the past.
package final class EventStream: Sendable {
    private struct State {
        var pending: [UInt8] = []
        /// How many of `pending` libmicrohttpd has taken.
        var taken = 0
        /// Where it goes; nil until the server has answered with it.
        var outlet: (ticket: Ticket, inbox: Inbox)?
        /// The connection is suspended until there is something to read.
        var isResting = false
        var isClosed = false
        /// More than `capacity` waited: what is lost is lost, so the stream must not look complete.
        var isOverrun = false
    }

    private let state = Mutex(State())
    private let capacity: Int

    /// - Parameter capacity: bytes that may wait for the client.
    package init(capacity: Int = 256 << 10) { self.capacity = capacity }

    /// False once the client has gone, has fallen too far behind, or the stream was closed; then let go of the stream.
    @discardableResult
    package func send(event: String, data: String) -> Bool { send(ServerSentEvent(event: event, data: data)) }

    /// False once the client has gone, has fallen too far behind, or the stream was closed; then let go of the stream.
    @discardableResult
    package func send(_ event: ServerSentEvent) -> Bool {
        let (isOpen, call) = state.withLock { state -> (Bool, (Job, Inbox)?) in
            guard !state.isClosed else { return (false, nil) }
            guard state.pending.count - state.taken + event.bytes.count <= capacity else {
                state.isClosed = true
                state.isOverrun = true
                state.pending = []
                state.taken = 0
                return (false, state.outlet.map { (.cut($0.ticket), $0.inbox) })
            }
            state.pending += event.bytes
            return (true, Self.flush(&state))
        }
        if let (job, inbox) = call { inbox.post(job) }
        return isOpen
    }

    /// Ends the stream once the client has taken what is under way.
    package func close() {
        let call = state.withLock { state in
            state.isClosed = true
            return Self.flush(&state)
        }
        if let (job, inbox) = call { inbox.post(job) }
    }

    /// Wakes the connection if it rests, once.
    private static func flush(_ state: inout State) -> (Job, Inbox)? {
        guard state.isResting, let outlet = state.outlet else { return nil }
        state.isResting = false
        return (.flush(outlet.ticket), outlet.inbox)
    }
}

/// The loop's side.
extension EventStream {
    static let type = "text/event-stream"
    /// The second one is for nginx, which would keep events back until a buffer is full.
    static let headers = [("Cache-Control", "no-store"), ("X-Accel-Buffering", "no")]

    enum Portion {
        case bytes(Int)
        case nothing
        case end
        case overrun
    }

    /// False if the stream answers another request already.
    func attach(_ ticket: Ticket, _ inbox: Inbox) -> Bool {
        state.withLock { state in
            guard state.outlet == nil else { return false }
            state.outlet = (ticket, inbox)
            return true
        }
    }

    /// Fills `buffer` with what waits. After `.nothing` the connection must be suspended: a job will resume it.
    func take(into buffer: UnsafeMutableRawBufferPointer) -> Portion {
        state.withLock { state in
            let waiting = state.pending.count - state.taken
            guard waiting > 0 else {
                if state.isOverrun { return .overrun }
                state.isResting = !state.isClosed
                return state.isClosed ? .end : .nothing
            }
            let count = min(waiting, buffer.count)
            unsafe buffer.copyBytes(from: state.pending[state.taken..<state.taken + count])
            state.taken += count
            if state.taken == state.pending.count {
                state.pending.removeAll(keepingCapacity: true)
                state.taken = 0
            }
            return .bytes(count)
        }
    }

    /// The client has gone or the stream has ended.
    func end() {
        state.withLock { state in
            state.isClosed = true
            state.isResting = false
            state.pending = []
            state.taken = 0
        }
    }
}

extension Response {
    /// What HEAD gets where GET gets a stream.
    static let headOfEvents = Response(200, [], type: EventStream.type, headers: EventStream.headers)
}
