import Synchronization
package import Tweets

/// Hands every batch to both legs and answers with one receipt a tweet: to its caller it looks like one leg.
///
/// Effects of `DispatchMachine`; callable from any thread. `tick` must be called every few milliseconds.
package final class Dispatcher: Leg {
    /// What happened so far, for metrics.
    package struct Account: Sendable, Equatable {
        /// Batches tried again, by leg.
        package var retries = ByLeg(kafka: 0, rabbitmq: 0)
        package var underway = 0
        package var repairing = 0

        package init() {}
    }

    private struct State {
        var machine: DispatchMachine
        var batches: [Int: Batch] = [:]
        var callers: [Int: @Sendable (Receipts) -> Void] = [:]
        var nextBatch = 0
        var account = Account()
    }

    private enum Effect {
        case publish(Batch, Int, LegName)
        case answer(@Sendable (Receipts) -> Void, Receipts)
    }

    private let state: Mutex<State>
    private let legs: ByLeg<any Leg>
    private let clock: @Sendable () -> Moment

    /// - Parameters:
    ///   - clock: monotonic; asked once an event.
    package init(legs: ByLeg<any Leg>, limits: DispatchMachine.Limits, clock: @escaping @Sendable () -> Moment) {
        self.legs = legs
        self.clock = clock
        state = Mutex(State(machine: DispatchMachine(limits: limits)))
    }

    /// Up to now; takes the lock, so a few times a second at most.
    package var account: Account {
        state.withLock { state in
            var account = state.account
            account.underway = state.machine.underway
            account.repairing = state.machine.repairing
            return account
        }
    }

    /// Nothing is under way: every batch is in both legs or in none.
    package var isIdle: Bool { state.withLock { $0.machine.underway == 0 } }

    package func publish(_ batch: Batch, _ done: @escaping @Sendable (Receipts) -> Void) {
        let now = clock()
        let effects = state.withLock { state in
            let number = state.nextBatch
            state.nextBatch += 1
            let actions = state.machine.submit(number, count: batch.count, now: now)
            guard !actions.isEmpty else {
                return [Effect.answer(done, .all(.unavailable))]
            }
            state.batches[number] = batch
            state.callers[number] = done
            return Self.effects(of: actions, &state)
        }
        perform(effects)
    }

    /// Time has passed.
    package func tick() {
        let now = clock()
        perform(
            state.withLock { state in
                let actions = state.machine.tick(now: now)
                for case .publish(_, let leg) in actions { state.account.retries[leg] += 1 }
                return Self.effects(of: actions, &state)
            })
    }

    private func received(_ receipts: Receipts, from leg: LegName, batch: Int) {
        let now = clock()
        perform(
            state.withLock { state in
                Self.effects(of: state.machine.received(receipts, from: leg, batch: batch, now: now), &state)
            })
    }

    /// Outside the lock: a leg may answer before its `publish` returns.
    private func perform(_ effects: [Effect]) {
        for effect in effects {
            switch effect {
            case .publish(let batch, let number, let leg):
                legs[leg].publish(batch) { [self] in received($0, from: leg, batch: number) }
            case .answer(let caller, let receipts): caller(receipts)
            }
        }
    }

    private static func effects(of actions: [DispatchMachine.Action], _ state: inout State) -> [Effect] {
        actions.compactMap { action in
            switch action {
            case .publish(let number, let leg):
                return state.batches[number].map { .publish($0, number, leg) }
            case .answer(let number, let receipts):
                return state.callers.removeValue(forKey: number).map { .answer($0, receipts) }
            case .forget(let number):
                state.batches[number] = nil
                return nil
            }
        }
    }
}
