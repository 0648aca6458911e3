package import Pipeline
import Synchronization

/// Virtual time: events in the order of their moments, and of their making when those are equal. One thread drives it.
package final class Clockwork: Sendable {
    fileprivate struct Event {
        let at: Int64
        let order: Int
        /// Of the life of the process in which it was scheduled; nil: it survives a crash.
        let life: Int?
        let body: @Sendable () -> Void
    }

    fileprivate struct State {
        var now: Int64 = 1_000_000_000
        var order = 0
        var life = 0
        var random: SeededRandom
        /// A binary heap, the earliest first.
        var heap: [Event] = []
    }

    private let state: Mutex<State>

    package init(seed: UInt64) { state = Mutex(State(random: SeededRandom(seed: seed))) }

    package var now: Moment { state.withLock { Moment(nanoseconds: $0.now) } }

    package func chance(_ percent: Double) -> Bool { state.withLock { $0.random.chance(percent) } }

    package func pick(_ range: ClosedRange<Int>) -> Int { state.withLock { Int.random(in: range, using: &$0.random) } }

    /// - Parameter survives: the event belongs to the world, not to the process that may crash before it.
    package func after(milliseconds: Double, survives: Bool = false, _ body: @escaping @Sendable () -> Void) {
        state.withLock { state in
            state.order += 1
            let at = state.now + Int64(milliseconds * 1_000_000)
            state.heap.append(Event(at: at, order: state.order, life: survives ? nil : state.life, body: body))
            state.siftUp()
        }
    }

    /// A delay as networks and disks have it: mostly short, sometimes long, rarely longer than anyone's patience.
    package func delay() -> Double {
        state.withLock { state in
            let dice = Int.random(in: 0..<100, using: &state.random)
            let span = dice < 80 ? 2.0 : dice < 98 ? 60.0 : 4000.0
            return Double.random(in: 0.05...span, using: &state.random)
        }
    }

    /// The process dies: whatever it had scheduled never happens.
    package func crash() { state.withLock { $0.life += 1 } }

    /// Runs the earliest event; false when there is none.
    package func step() -> Bool {
        while true {
            let (event, isAlive) = state.withLock { state -> (Event?, Bool) in
                guard let event = state.popFirst() else { return (nil, false) }
                state.now = max(state.now, event.at)
                return (event, event.life == nil || event.life == state.life)
            }
            guard let event else { return false }
            guard isAlive else { continue }
            event.body()
            return true
        }
    }
}

extension Clockwork.State {
    fileprivate static func isBefore(_ a: Clockwork.Event, _ b: Clockwork.Event) -> Bool {
        (a.at, a.order) < (b.at, b.order)
    }

    fileprivate mutating func siftUp() {
        var child = heap.count - 1
        while child > 0, Self.isBefore(heap[child], heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    fileprivate mutating func popFirst() -> Clockwork.Event? {
        guard !heap.isEmpty else { return nil }
        heap.swapAt(0, heap.count - 1)
        let first = heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && Self.isBefore(heap[child], heap[least]) {
                least = child
            }
            if least == parent { return first }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
