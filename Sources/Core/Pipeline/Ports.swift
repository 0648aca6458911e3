package import Tweets

// The ports of the pipeline. Every call is a batch in, and one call of `done` out: a closure a batch costs nothing,
// where an `await` that resumes on Swift's pool costs five times the work itself, and a closure is what the seeded
// simulation can order as it likes. Rules for all of them:
// - `done` is called exactly once, whatever happens; on a thread of the adapter, or before the call returns. It must
//   not block.
// - callers hold no lock while they call.
// - no call blocks. A full mailbox answers `unavailable` at once.

/// The entrance of one leg: takes batches and answers when they are durable there.
package protocol Leg: Sendable {
    /// - Parameter batch: not empty.
    func publish(_ batch: Batch, _ done: @escaping @Sendable (Receipts) -> Void)
}

/// A place in a leg. Of a log: the number of tweets before it. Of a queue: a delivery tag, without order.
package typealias Offset = Int64

/// What a source hands out: one or more batches, as they were published.
package struct Delivery: Sendable {
    package var batches: [Batch]
    /// Of a log: the offset of the first tweet. Of a queue: 0.
    package var first: Offset
    /// Of a log: the offset behind the last tweet, which is what the store remembers. Of a queue: 0.
    package var next: Offset
    /// What `settle` names.
    package var tag: Offset

    package init(batches: [Batch], first: Offset, next: Offset, tag: Offset) {
        (self.batches, self.first, self.next, self.tag) = (batches, first, next, tag)
    }

    package var count: Int { batches.reduce(0) { $0 + $1.count } }
}

/// What became of a `receive`.
package enum Reception: Sendable {
    case delivery(Delivery)
    /// Cannot read now; ask again after a pause.
    case unavailable(String)
    /// The source was closed; nothing more will come.
    case closed
}

/// A record that cannot be read, or was delivered too often: kept, with its reason, and out of the way.
package struct DeadLetter: Sendable, Equatable {
    package var bytes: [UInt8]
    package var reason: String
    /// Where it stood: the offset in the log or the delivery tag of the queue.
    package var origin: Offset

    package init(bytes: [UInt8], reason: String, origin: Offset) {
        (self.bytes, self.reason, self.origin) = (bytes, reason, origin)
    }
}

/// The exit of one leg: what the consumer reads.
package protocol TweetSource: Sendable {
    /// Answers when there is something to read, so possibly much later. A newer call overrules one that still waits:
    /// that one is answered `unavailable`.
    ///
    /// - Parameters:
    ///   - from: of a log the offset to read from: the caller knows it, because the truth is in the store. A queue
    ///     ignores it.
    ///   - tweets: about how many; at least one batch comes whatever its size.
    func receive(from: Offset, upTo tweets: Int, _ done: @escaping @Sendable (Reception) -> Void)

    /// The delivery is counted: a queue forgets it, a log may forget what lies before its end. False: it will come
    /// again. A log is also told, at the start and while there is nothing to do, by a delivery without
    /// batches up to where the store has counted.
    func settle(_ delivery: Delivery, _ done: @escaping @Sendable (Bool) -> Void)

    /// Keeps dead letters durably; their delivery is settled only after that.
    func bury(_ letters: [DeadLetter], _ done: @escaping @Sendable (Bool) -> Void)

    /// Tweets published and not yet settled, dead letters kept: what `/metrics` and the page show. Callable from any
    /// thread.
    var backlog: Backlog { get }
}

/// What a leg still holds.
package struct Backlog: Sendable, Equatable {
    /// Tweets that are durable in the leg and not settled.
    package var lag: Int
    package var deadLetters: Int

    package init(lag: Int, deadLetters: Int) { (self.lag, self.deadLetters) = (lag, deadLetters) }
}

/// What a consumer asks a store to count, all or nothing.
package struct CountBatch: Sendable {
    package var columns: Columns
    /// The last tweets among them, as canonical JSON, newest last; at most `StoreSnapshot.recentMax`.
    package var recent: [[UInt8]]
    /// Of a log, what is compared and set; nil of a queue.
    package var offsets: Range<Offset>?

    package init(columns: Columns, recent: [[UInt8]], offsets: Range<Offset>?) {
        (self.columns, self.recent, self.offsets) = (columns, recent, offsets)
    }
}

/// What a store answers to a batch.
package enum Applied: Sendable, Equatable {
    /// Committed. `counted` has one flag a tweet of the batch: false for one that was seen before.
    case counted([Bool])
    /// Nothing was done: the store's offset is not the batch's first one. Read on from here.
    case elsewhere(Offset)
    /// Nothing was done, or the answer was lost: apply the same batch again after a pause; what was counted stays
    /// counted once.
    case unavailable(String)
}

/// Counts behind one leg, exactly once each.
package protocol CountStore: Sendable {
    /// One transaction: leave out what was seen, mark and count the rest, move the offset.
    func apply(_ batch: CountBatch, _ done: @escaping @Sendable (Applied) -> Void)

    /// The offset up to which the log is counted; 0 when new. Nil: the store cannot be read now.
    func offset(_ done: @escaping @Sendable (Offset?) -> Void)

    /// What the page shows. Nil: the store cannot be read now.
    func snapshot(_ done: @escaping @Sendable (StoreSnapshot?) -> Void)
}

/// Everything that a store has counted, at one moment.
package struct StoreSnapshot: Sendable, Equatable {
    package var total = 0
    /// By `Country.index`, `Country.count` of them.
    package var countries: [Int] = Array(repeating: 0, count: Country.count)
    /// By `Weather.rawValue`.
    package var weather: [Int] = [0, 0, 0]
    /// The sum over all minutes, for promise I5.
    package var minutesTotal = 0
    /// The last tweets, canonical JSON, newest last.
    package var recent: [[UInt8]] = []
    /// The wrapping sum of `TweetID.fingerprint` over everything counted: equal in two stores that counted the same
    /// tweets.
    package var fingerprint: UInt64 = 0
    package var offset: Offset = 0

    /// How many last tweets a store keeps.
    package static let recentMax = 20

    package init() {}

    /// Promise I5: Σ countries = Σ weather = total = Σ minutes.
    package var isConsistent: Bool {
        countries.reduce(0, +) == total && weather.reduce(0, +) == total && minutesTotal == total
    }
}
