import Dispatch
import Synchronization

/// A bounded queue with many senders and one receiver, which takes everything that waits at once.
///
/// What arrives while the receiver works is its next batch, so batches grow with the load: a group commit needs nothing
/// else. The sender pays one lock, and a wake-up only when the receiver sleeps.
package final class Mailbox<Work: Sendable>: Sendable {
    private struct State {
        var waiting: [Work] = []
        var isClosed = false
        var isAsleep = false
    }

    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    private let capacity: Int

    /// - Parameter capacity: how many may wait.
    package init(capacity: Int) {
        precondition(capacity > 0, "a mailbox holds something")
        self.capacity = capacity
    }

    /// How many wait now.
    package var count: Int { state.withLock { $0.waiting.count } }

    /// False when it is full or closed; the work is then dropped. From any thread; never blocks.
    package func send(_ work: Work) -> Bool {
        let (isAccepted, mustWake) = state.withLock { state in
            guard !state.isClosed, state.waiting.count < capacity else { return (false, false) }
            state.waiting.append(work)
            return (true, state.isAsleep.take())
        }
        if mustWake { wake.signal() }
        return isAccepted
    }

    /// All or nothing, in this order; otherwise as `send(_:)`.
    package func send(contentsOf works: [Work]) -> Bool {
        let (isAccepted, mustWake) = state.withLock { state in
            guard !state.isClosed, works.count <= capacity - state.waiting.count else { return (false, false) }
            if works.isEmpty { return (true, false) }
            state.waiting += works
            return (true, state.isAsleep.take())
        }
        if mustWake { wake.signal() }
        return isAccepted
    }

    /// Refuses from now on; what waits can still be taken. Idempotent.
    package func close() {
        let mustWake = state.withLock { state in
            state.isClosed = true
            return state.isAsleep.take()
        }
        if mustWake { wake.signal() }
    }

    /// Waits for work. Blocks, so only on a thread of one's own; one receiver only.
    ///
    /// - Parameters:
    ///   - batch: emptied, then filled with everything that waits; left empty when `deadline` passed first. The storage
    ///     goes round between here and the senders, so that nothing is allocated once it has grown.
    ///   - deadline: of `Monotonic.now`; nil waits for ever.
    /// - Returns: false when it is closed and empty: the end.
    package func take(into batch: inout [Work], deadline: Int64? = nil) -> Bool {
        batch.removeAll(keepingCapacity: true)
        while true {
            let isOpen = state.withLock { state in
                swap(&state.waiting, &batch)
                state.isAsleep = batch.isEmpty && !state.isClosed
                return !state.isClosed
            }
            if !batch.isEmpty { return true }
            if !isOpen { return false }
            // A wake-up that was meant for an earlier sleep (its deadline came first) ends this one early: look again.
            guard sleep(until: deadline) else {
                state.withLock { $0.isAsleep = false }
                return true
            }
        }
    }

    /// False when the deadline came first.
    private func sleep(until deadline: Int64?) -> Bool {
        guard let deadline else {
            wake.wait()
            return true
        }
        let left = max(0, deadline - Monotonic.now)
        return wake.wait(timeout: .now() + .nanoseconds(Int(left))) == .success
    }
}

extension Bool {
    /// The value, which is false from now on.
    fileprivate mutating func take() -> Bool {
        defer { self = false }
        return self
    }
}
