import Synchronization

/// The calls of one kind that a fake was given: remembered, and answered at once by a script or later by the test.
package final class Calls<Input: Sendable, Output: Sendable>: Sendable {
    /// What a fake says by itself; nil leaves the call to the test.
    package typealias Script = @Sendable (Input) -> Output?

    private struct State {
        var inputs: [Input] = []
        var waiting: [(Input, @Sendable (Output) -> Void)] = []
        var script: Script
        var watchers: [(count: Int, tell: @Sendable (Int) -> Void)] = []
    }

    private let state: Mutex<State>

    /// Without a script every call waits for the test.
    package init(_ script: @escaping Script = { _ in nil }) { state = Mutex(State(script: script)) }

    /// What was asked, oldest first.
    package var inputs: [Input] { state.withLock { $0.inputs } }

    package var count: Int { state.withLock { $0.inputs.count } }
    package var waiting: Int { state.withLock { $0.waiting.count } }

    /// What is said from now on to calls that come; those that wait go on waiting.
    package func answers(_ script: @escaping Script) { state.withLock { $0.script = script } }

    /// The call itself: what a fake does with it.
    package func ask(_ input: Input, _ done: @escaping @Sendable (Output) -> Void) {
        let script = state.withLock { $0.script }
        let output = script(input)
        let watchers = state.withLock { state in
            state.inputs.append(input)
            if output == nil { state.waiting.append((input, done)) }
            let count = state.inputs.count
            defer { state.watchers.removeAll { $0.count <= count } }
            return state.watchers.filter { $0.count <= count }
        }
        if let output { done(output) }
        for watcher in watchers { watcher.tell(watcher.count) }
    }

    /// Answers the oldest call that waits; false when none does.
    @discardableResult
    package func answer(_ output: Output) -> Bool { answer { _ in output } }

    /// The same with an answer that depends on what was asked.
    @discardableResult
    package func answer(_ output: (Input) -> Output) -> Bool {
        let oldest = state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }
        guard let (input, done) = oldest else { return false }
        done(output(input))
        return true
    }

    /// Returns when so many calls have come in all; throws when they do not come in ten seconds.
    package func arrived(_ count: Int) async throws {
        _ = try await TestKit.answer(within: .seconds(10), "a call of a fake") {
            (done: @escaping @Sendable (Int) -> Void) in
            let isThere = state.withLock { state in
                if state.inputs.count < count { state.watchers.append((count, done)) }
                return state.inputs.count >= count
            }
            if isThere { done(count) }
        }
    }
}
