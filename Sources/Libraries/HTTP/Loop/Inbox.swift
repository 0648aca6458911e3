import Lifecycle
import Synchronization

/// A request that waits for its answer, or the one that a stream answers. The number is never given twice, so that a
/// late answer cannot reach another request.
struct Ticket: Sendable, Hashable {
    var slot: Int
    var number: UInt64
}

/// What other threads ask of the loop.
enum Job: Sendable {
    case answer(Ticket, Response)
    /// The stream has something to be read, or has ended.
    case flush(Ticket)
    /// The stream's client has fallen too far behind.
    case cut(Ticket)
    case run(@Sendable () -> Void)
    /// Stop accepting, answer what is under way, end.
    case drain
    /// End now.
    case stop
}

/// The way from every thread into the loop: one lock a batch, and one wake-up only when the loop sleeps.
///
/// What waits here is bounded by what the loop gave out: one answer a request and one flush a stream; the jobs of
/// `perform` are batches, and their number is the caller's affair. After the end of the loop jobs are dropped.
final class Inbox: Sendable {
    private struct State {
        var jobs: [Job] = []
        /// Set while the loop sleeps: it must be woken. Nil otherwise.
        var sleeper: Poller?
        var isClosed = false
    }

    private let state = Mutex(State())

    func post(_ job: Job) {
        let sleeper = state.withLock { state -> Poller? in
            guard !state.isClosed else { return nil }
            state.jobs.append(job)
            return state.sleeper.take()
        }
        sleeper?.wake()
    }

    func post(_ jobs: [Job]) {
        guard !jobs.isEmpty else { return }
        let sleeper = state.withLock { state -> Poller? in
            guard !state.isClosed else { return nil }
            state.jobs += jobs
            return state.sleeper.take()
        }
        sleeper?.wake()
    }
}

/// The loop's side.
extension Inbox {
    /// False if jobs wait. Otherwise whoever posts next wakes `poller`.
    func mayRest(_ poller: Poller) -> Bool {
        state.withLock { state in
            guard state.jobs.isEmpty else { return false }
            state.sleeper = poller
            return true
        }
    }

    /// Exchanges the waiting jobs for `jobs`, which must be empty: two arrays take turns, and neither is allocated
    /// anew.
    func take(into jobs: inout [Job]) {
        state.withLock { state in
            swap(&state.jobs, &jobs)
            state.sleeper = nil
        }
    }

    func close() {
        // Let go of them after the unlock: a responder that dies posts.
        let jobs = state.withLock { state in
            state.isClosed = true
            state.sleeper = nil
            defer { state.jobs = [] }
            return state.jobs
        }
        _ = consume jobs
    }
}
