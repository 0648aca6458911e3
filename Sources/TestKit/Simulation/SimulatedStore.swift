package import Pipeline
import Synchronization
package import Tweets

/// A count store with a mind of its own.
package final class SimulatedStore: CountStore {
    /// What is durable.
    package struct Contents: Sendable {
        /// How often each id was counted: 1, if the store does its work.
        package var counted: [TweetID: Int] = [:]
        package var snapshot = StoreSnapshot()

        package init() {}
    }

    fileprivate struct State {
        var faults: Faults
        var contents = Contents()
        /// An older copy, as a fail-over brings back.
        var copy = Contents()
    }

    private let clockwork: Clockwork
    private let sabotage: Sabotage?
    private let state: Mutex<State>

    package init(clockwork: Clockwork, faults: Faults, sabotage: Sabotage?) {
        self.clockwork = clockwork
        self.sabotage = sabotage
        state = Mutex(State(faults: faults))
    }

    package func heal() { state.withLock { $0.faults = .none } }

    package var contents: Contents { state.withLock { $0.contents } }

    package func keepCopy() { state.withLock { $0.copy = $0.contents } }

    /// Counts, seen ids and offset go back together.
    package func failOver() { state.withLock { $0.contents = $0.copy } }

    package func apply(_ batch: CountBatch, _ done: @escaping @Sendable (Applied) -> Void) {
        let faults = state.withLock { $0.faults }
        let isAway = clockwork.chance(faults.storeAway)
        let isAnswerLost = clockwork.chance(faults.storeAnswerLost)
        clockwork.after(milliseconds: clockwork.delay()) { [self] in
            let answer: Applied = isAway ? .unavailable("away") : state.withLock { $0.contents.apply(batch, sabotage) }
            clockwork.after(milliseconds: clockwork.delay()) {
                done(isAnswerLost ? .unavailable("answer lost") : answer)
            }
        }
    }

    package func offset(_ done: @escaping @Sendable (Offset?) -> Void) {
        let isAway = clockwork.chance(state.withLock { $0.faults.storeAway })
        clockwork.after(milliseconds: clockwork.delay()) { [self] in
            done(isAway ? nil : state.withLock { $0.contents.snapshot.offset })
        }
    }

    package func snapshot(_ done: @escaping @Sendable (StoreSnapshot?) -> Void) {
        clockwork.after(milliseconds: clockwork.delay()) { [self] in done(contents.snapshot) }
    }
}

extension SimulatedStore.Contents {
    fileprivate mutating func apply(_ batch: CountBatch, _ sabotage: Sabotage?) -> Applied {
        if let offsets = batch.offsets {
            if sabotage != .noCompareAndSet, offsets.lowerBound != snapshot.offset {
                return .elsewhere(snapshot.offset)
            }
            snapshot.offset = offsets.upperBound
        }
        let isBlind = sabotage == .noDedup || sabotage == .noCompareAndSet
        var flags: [Bool] = []
        for index in 0..<batch.columns.count {
            let id = batch.columns.ids[index]
            let isNew = counted[id] == nil
            flags.append(isNew)
            guard isNew || isBlind else { continue }
            counted[id, default: 0] += 1
            snapshot.total += 1
            snapshot.countries[Int(batch.columns.countries[index].index)] += 1
            snapshot.weather[Int(batch.columns.weathers[index].rawValue)] += 1
            snapshot.minutesTotal += 1
            snapshot.fingerprint &+= id.fingerprint
        }
        return .counted(flags)
    }
}
