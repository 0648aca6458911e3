package import Tweets

/// The door of the gateway as a value: which request may come in, which requests travel together, who gets which
/// answer.
///
/// Requests that arrive while a group is under way fill the next one (group commit). `Caller` is whatever the owner
/// needs to answer a request. Every request that was added leaves exactly once: by `completed` or by `expire`.
package struct Intake<Caller: Sendable>: Sendable {
    /// How much may wait, in which portions, and how long.
    package struct Limits: Sendable, Equatable {
        /// Tweets admitted and not yet answered; above it a request is refused at once.
        package var tweetsMax = 100_000
        /// The same in bytes of canonical JSON.
        package var bytesMax = 64 << 20
        /// A group is closed when it has this many tweets or bytes; a single request may exceed it alone.
        package var groupTweets = 10_000
        package var groupBytes = 2 << 20
        /// Groups that may be under way at once. Two: one is being committed while the next one is on its way.
        package var window = 2
        /// From admission to the answer, whatever happens behind (promise I6).
        package var deadline = Duration.seconds(3)

        package init() {}
    }

    /// What a request is told.
    package enum Verdict: Sendable, Equatable {
        case stored
        case spooled
        /// A broker refuses some of it for ever.
        case rejected
        /// Nothing of it was stored.
        case unavailable
        /// Stored, partly stored or not: the answer did not come in time or differed between the legs.
        case unknown
    }

    /// A request and its part of the batch.
    package struct Member: Sendable {
        let caller: Caller
        let tweets: Range<Int>
        let deadline: Moment
    }

    /// Requests that travel together.
    package struct Group: Sendable {
        package let number: Int
        package let batch: Batch
        var members: [Member]
    }

    package let limits: Limits
    /// The group that is being filled: a reader appends a request's tweets here, then `add` says whose they are.
    package var open = Batch()
    /// Tweets admitted and not yet answered.
    package private(set) var tweetsInFlight = 0
    package private(set) var drainRate: DrainRate

    private var openMembers: [Member] = []
    private var waiting: [Group] = []
    /// Dispatched, not completed: their members, until they are answered or expire.
    private var underway: [Int: [Member]] = [:]
    private var bytesInFlight = 0
    private var nextNumber = 0
    private var bytesOf: [Int: (bytes: Int, tweets: Int)] = [:]

    package init(limits: Limits, now: Moment) {
        self.limits = limits
        drainRate = DrainRate(now: now)
    }

    /// Whether another request may come in now; nil when it may, else the seconds to wait before trying again.
    package func refusal() -> Int? {
        let isFull = tweetsInFlight >= limits.tweetsMax || bytesInFlight + open.bytes.count >= limits.bytesMax
        return isFull ? drainRate.secondsToDrain(tweetsInFlight) : nil
    }

    /// No request is waiting and no group is under way.
    package var isIdle: Bool { openMembers.isEmpty && waiting.isEmpty && underway.isEmpty }

    /// The tweets of `open` from `first` on belong to `caller`.
    package mutating func add(_ caller: Caller, from first: Int, now: Moment) {
        openMembers.append(Member(caller: caller, tweets: first..<open.count, deadline: now + limits.deadline))
        tweetsInFlight += open.count - first
        if open.count >= limits.groupTweets || open.bytes.count >= limits.groupBytes { close() }
    }

    /// The next group to dispatch, if the window has room for one; call until nil.
    package mutating func next() -> Group? {
        guard underway.count < limits.window else { return nil }
        if waiting.isEmpty { close() }
        guard !waiting.isEmpty else { return nil }
        let group = waiting.removeFirst()
        underway[group.number] = group.members
        return group
    }

    /// A group came back. Answers its members, but for those that have expired.
    package mutating func completed(_ number: Int, _ receipts: Receipts, now: Moment) -> [(Caller, Verdict)] {
        guard let members = underway.removeValue(forKey: number) else { return [] }
        let tweets = release(number)
        // What was refused went nowhere: it says nothing about how fast work leaves.
        if !receipts.isAll(.unavailable) { drainRate.left(tweets, now: now) }
        return members.map { ($0.caller, Self.verdict(of: $0.tweets, receipts)) }
    }

    /// Takes out every request whose deadline has passed. One that was not dispatched is certainly not stored, and
    /// takes those that wait with it along, because a group cannot be cut; of the others it is not known.
    package mutating func expire(now: Moment) -> [(Caller, Verdict)] {
        var answers: [(Caller, Verdict)] = []
        // Sorted: the order of the answers must follow from what happened, or a seed would not repeat its history.
        for number in underway.keys.sorted() {
            // Members stand in the order of their coming, so of their deadlines.
            guard let late = underway[number]?.prefix(while: { $0.deadline <= now }), !late.isEmpty else { continue }
            answers += late.map { ($0.caller, .unknown) }
            underway[number]?.removeFirst(late.count)
        }
        while let group = waiting.first, group.members.contains(where: { $0.deadline <= now }) {
            answers += group.members.map { ($0.caller, .unavailable) }
            waiting.removeFirst()
            release(group.number)
        }
        if openMembers.contains(where: { $0.deadline <= now }) {
            answers += openMembers.map { ($0.caller, .unavailable) }
            tweetsInFlight -= open.count
            open = Batch()
            openMembers = []
        }
        return answers
    }

    private mutating func close() {
        guard !openMembers.isEmpty else { return }
        let group = Group(number: nextNumber, batch: open, members: openMembers)
        bytesOf[nextNumber] = (open.bytes.count, open.count)
        bytesInFlight += open.bytes.count
        nextNumber += 1
        waiting.append(group)
        open = Batch()
        openMembers = []
    }

    @discardableResult
    private mutating func release(_ number: Int) -> Int {
        guard let size = bytesOf.removeValue(forKey: number) else { return 0 }
        bytesInFlight -= size.bytes
        tweetsInFlight -= size.tweets
        return size.tweets
    }

    private static func verdict(of tweets: Range<Int>, _ receipts: Receipts) -> Verdict {
        switch receipts {
        case .all(let receipt): return Verdict(receipt)
        case .each:
            var worst: Verdict?
            for index in tweets {
                let one = Verdict(receipts[index])
                worst = worst.map { $0.joined(one) } ?? one
            }
            return worst ?? .unknown
        }
    }
}

extension Intake.Verdict {
    init(_ receipt: Receipt) {
        self =
            switch receipt {
            case .stored: .stored
            case .spooled: .spooled
            case .rejected: .rejected
            case .unavailable: .unavailable
            case .unknown: .unknown
            }
    }

    /// Of a request with tweets of both kinds.
    func joined(_ other: Self) -> Self {
        switch (self, other) {
        case (let a, let b) where a == b: a
        case (.stored, .spooled), (.spooled, .stored): .spooled
        default: .unknown
        }
    }
}
