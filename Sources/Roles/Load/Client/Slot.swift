/// One request on its way: what the ledger and the clocks need to know of it.
struct LoadRequest {
    /// Nanoseconds since the start of the run.
    var intended: Int64 = 0
    /// On the monotonic clock: when its last attempt was sent.
    var sentAt: Int64 = 0
    /// How often it was sent.
    var attempts = 0
    /// The place of its first tweet in the pool.
    var firstTweet = 0
    var ids: [TweetUUID] = []
    /// An earlier attempt may have been stored.
    var wasUnknown = false
    /// What its last attempt came to, while it waits to be sent again.
    var last = GatewayAnswer(outcome: .unknown)
    var lastStatus = 0
}

/// One connection and the request on it; a request that is to be sent again stays on its connection, so that there are
/// never more requests under way than connections, and no queue.
final class Slot {
    enum Link: Equatable {
        /// Not before this time.
        case down(until: Int64)
        case connecting(since: Int64)
        case up
    }

    enum Work: Equatable {
        case none
        /// To be sent, not before this time, when the connection is up.
        case waiting(until: Int64)
        case sending
        case receiving
    }

    let index: Int
    var link = Link.down(until: 0)
    var work = Work.none
    var socket: Socket?
    var isListedIdle = false
    /// Failed tries to connect since the last answer.
    var failures = 0

    var output: [UInt8] = []
    var sent = 0
    /// The poller is asked to tell when more can be sent.
    var waitsToSend = false
    var input = [UInt8](repeating: 0, count: 4096)
    var received = 0
    var answer = HTTPAnswerReader()
    var request = LoadRequest()

    init(index: Int) { self.index = index }

    var isFree: Bool { link == .up && work == .none }

    /// 10 ms, doubled each time, up to 1 s: soon back after a restart, and no storm on a server that is away.
    var reconnectPause: Int64 { min(10_000_000 << Int64(min(failures, 7)), 1_000_000_000) }

    /// Doubles the input buffer when it is full, up to what the largest answer takes; the reader refuses more.
    func makeRoom() {
        guard received == input.count else { return }
        input += [UInt8](repeating: 0, count: input.count)
    }
}
