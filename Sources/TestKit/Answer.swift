import Synchronization

/// What a check found wrong; the text says what was expected and what came.
package struct Failure: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}

/// Throws unless the condition holds.
package func expect(_ condition: Bool, _ text: @autoclosure () -> String) throws {
    if !condition { throw Failure(text()) }
}

/// Throws unless both are equal, and shows them.
package func expectEqual<T: Equatable>(_ found: T, _ expected: T, _ what: @autoclosure () -> String) throws {
    if found != expected { throw Failure("\(what()): expected \(expected), found \(found)") }
}

/// The answer of a call with a closure: made before the call, handed to it as `done`, awaited after it.
package final class Answer<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var count = 0
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    package init() {}

    /// Hand this to the call.
    package var done: @Sendable (Value) -> Void {
        { value in
            let waiter = self.state.withLock { state in
                state.value = value
                state.count += 1
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume()
        }
    }

    /// Whether it has come.
    package var isThere: Bool { state.withLock { $0.value != nil } }

    /// Waits for it; throws when it does not come within the deadline or came more than once.
    package func value(within deadline: Duration = .seconds(10), _ what: StaticString = "an answer") async throws
        -> Value
    {
        await withTaskGroup { group in
            group.addTask { await self.arrived() }
            group.addTask { try? await Task.sleep(for: deadline) }
            await group.next()
            group.cancelAll()
        }
        let (value, count) = state.withLock { ($0.value, $0.count) }
        guard let value else { throw Failure("\(what) did not come within \(deadline)") }
        try expectEqual(count, 1, "times that \(what) came")
        return value
    }

    /// Returns when it is there or the task is cancelled.
    private func arrived() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = state.withLock { state in
                    guard state.value == nil, !Task.isCancelled else { return false }
                    state.waiter = continuation
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }?.resume()
        }
    }
}

/// Makes a call that answers by a closure, and waits for its answer.
package func answer<Value: Sendable>(
    within deadline: Duration = .seconds(10), _ what: StaticString = "an answer",
    _ call: (@escaping @Sendable (Value) -> Void) -> Void
) async throws -> Value {
    let answer = Answer<Value>()
    call(answer.done)
    return try await answer.value(within: deadline, what)
}
