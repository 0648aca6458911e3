import Pipeline
import Synchronization

/// A store whose snapshot is what the test says, and which can fall silent.
final class FakeStore: CountStore {
    private struct State {
        var snapshot: StoreSnapshot? = StoreSnapshot()
        var isSilent = false
        var asked = 0
        var waiting: [@Sendable (StoreSnapshot?) -> Void] = []
    }

    private let state = Mutex(State())

    /// How often a snapshot was asked for.
    var asked: Int { state.withLock { $0.asked } }

    func set(_ snapshot: StoreSnapshot?) { state.withLock { $0.snapshot = snapshot } }

    /// From now on questions wait; when it ends, they are answered.
    func setSilent(_ isSilent: Bool) {
        let (waiting, snapshot) = state.withLock { state in
            state.isSilent = isSilent
            defer { if !isSilent { state.waiting = [] } }
            return (isSilent ? [] : state.waiting, state.snapshot)
        }
        for done in waiting { done(snapshot) }
    }

    func snapshot(_ done: @escaping @Sendable (StoreSnapshot?) -> Void) {
        let answer = state.withLock { state -> StoreSnapshot?? in
            state.asked += 1
            guard state.isSilent else { return .some(state.snapshot) }
            state.waiting.append(done)
            return .none
        }
        if let answer { done(answer) }
    }

    func apply(_ batch: CountBatch, _ done: @escaping @Sendable (Applied) -> Void) { done(.unavailable("fake")) }
    func offset(_ done: @escaping @Sendable (Offset?) -> Void) { done(nil) }
}
