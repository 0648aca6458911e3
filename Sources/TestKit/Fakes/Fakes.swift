package import Pipeline
import Synchronization
package import Tweets

/// A clock that stands still until the test moves it.
package final class ManualClock: Sendable {
    private let time = Mutex(Moment(nanoseconds: 1_000_000_000))

    package init() {}
    package var now: Moment { time.withLock { $0 } }

    /// Time passes.
    package func advance(_ duration: Duration) { time.withLock { $0 = $0 + duration } }
}

/// The entrance of a leg that answers as it is told; by itself it stores everything.
package final class FakeLeg: Leg {
    package let calls: Calls<Batch, Receipts>

    package init(_ script: @escaping Calls<Batch, Receipts>.Script = { _ in .all(.stored) }) { calls = Calls(script) }

    package func publish(_ batch: Batch, _ done: @escaping @Sendable (Receipts) -> Void) { calls.ask(batch, done) }

    /// Every tweet that was published, in order, repetitions included.
    package var lines: [String] {
        calls.inputs.flatMap { batch in
            (0..<batch.count).map { String(decoding: batch.bytes[batch.range(of: $0)], as: UTF8.self) }
        }
    }
}

/// The exit of a leg: hands out what the test gives it, and takes settling and dead letters.
package final class FakeSource: TweetSource {
    /// What a reader asked for.
    package struct Wish: Sendable, Equatable {
        package var from: Offset
        package var tweets: Int
    }

    package let receives = Calls<Wish, Reception>()
    package let settles = Calls<Delivery, Bool> { _ in true }
    package let buries = Calls<[DeadLetter], Bool> { _ in true }

    package init() {}

    package func receive(from: Offset, upTo tweets: Int, _ done: @escaping @Sendable (Reception) -> Void) {
        receives.ask(Wish(from: from, tweets: tweets), done)
    }

    package func settle(_ delivery: Delivery, _ done: @escaping @Sendable (Bool) -> Void) {
        settles.ask(delivery, done)
    }
    package func bury(_ letters: [DeadLetter], _ done: @escaping @Sendable (Bool) -> Void) { buries.ask(letters, done) }
    package var backlog: Backlog { Backlog(lag: 0, deadLetters: 0) }
}

/// A store that counts everything it is asked to, unless the test says otherwise.
package final class FakeStore: CountStore {
    package let applies = Calls<CountBatch, Applied> { .counted(Array(repeating: true, count: $0.columns.count)) }
    package let offsets = Calls<Void, Offset?> { _ in 0 }

    package init() {}

    package func apply(_ batch: CountBatch, _ done: @escaping @Sendable (Applied) -> Void) { applies.ask(batch, done) }
    package func offset(_ done: @escaping @Sendable (Offset?) -> Void) { offsets.ask((), done) }
    package func snapshot(_ done: @escaping @Sendable (StoreSnapshot?) -> Void) { done(nil) }
}
