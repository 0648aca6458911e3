package import Pipeline
import Synchronization
package import Tweets

/// How often things go wrong, in per cent of the calls.
package struct Faults: Sendable {
    package var unavailable = 6.0
    /// The batch is stored, the answer says that it is not known.
    package var answerLost = 5.0
    /// The batch is not stored, the answer says that it is not known.
    package var requestLost = 3.0
    /// A queue delivers again what is out; a log makes its reader wait and fail.
    package var redelivery = 8.0
    package var storeAway = 6.0
    /// The store has applied the batch, the answer says that it is away.
    package var storeAnswerLost = 5.0

    package init() {}

    /// Nothing goes wrong.
    package static var none: Faults {
        var faults = Faults()
        (faults.unavailable, faults.answerLost, faults.requestLost) = (0, 0, 0)
        (faults.redelivery, faults.storeAway, faults.storeAnswerLost) = (0, 0, 0)
        return faults
    }
}

/// What a saboteur breaks, to prove that the promises are really checked.
package enum Sabotage: Sendable, CaseIterable {
    /// The leg says `stored` and drops one batch in twenty.
    case legLies
    /// The leg says `unavailable` although it has stored the batch.
    case legStoresInSecret
    /// The store counts without looking whether it has seen the tweet.
    case noDedup
    /// The store forgets to compare its offset, and counts without looking.
    case noCompareAndSet
    /// The source invents a tweet.
    case phantom
    /// The queue forgets a delivery when it hands it out (auto-ack).
    case autoAck
}

/// A broker with a mind of its own: one of the two legs, as a log or as a queue.
package final class SimulatedLeg: Leg, TweetSource {
    fileprivate struct State {
        var faults: Faults
        /// Everything that is durable, in order. A queue's settled batches stay, marked.
        var batches: [Batch] = []
        var firsts: [Offset] = []
        var isSettled: [Bool] = []
        var end: Offset = 0
        var settledOffset: Offset = 0
        var letters: [DeadLetter] = []
        /// Of a queue: handed out and not settled, in this life of the process.
        var out: Set<Int> = []
        var waiting: (from: Offset, upTo: Int, done: @Sendable (Reception) -> Void)?
    }

    private let name: LegName
    private let clockwork: Clockwork
    private let sabotage: Sabotage?
    private let state: Mutex<State>

    /// An empty leg of that name.
    package init(_ name: LegName, clockwork: Clockwork, faults: Faults, sabotage: Sabotage?) {
        self.name = name
        self.clockwork = clockwork
        self.sabotage = sabotage
        state = Mutex(State(faults: faults))
    }

    /// From now on nothing goes wrong.
    package func heal() { state.withLock { $0.faults = .none } }

    /// The offset behind the last tweet.
    package var end: Offset { state.withLock { $0.end } }

    /// The process died: what was out will be delivered again, who waited is gone.
    package func reopen() {
        state.withLock { state in
            state.out = []
            state.waiting = nil
        }
    }

    /// Everything that was ever published, oldest first.
    package var tail: [Batch] { state.withLock { $0.batches } }

    package func publish(_ batch: Batch, _ done: @escaping @Sendable (Receipts) -> Void) {
        let faults = state.withLock { $0.faults }
        let (reaches, answer): (Bool, Receipt) =
            if clockwork.chance(faults.unavailable) {
                (sabotage == .legStoresInSecret, .unavailable)
            } else if clockwork.chance(faults.answerLost) {
                (true, .unknown)
            } else if clockwork.chance(faults.requestLost) {
                (false, .unknown)
            } else {
                (!(sabotage == .legLies && clockwork.chance(5)), .stored)
            }
        clockwork.after(milliseconds: clockwork.delay()) { [self] in
            if reaches { store(batch) }
            clockwork.after(milliseconds: clockwork.delay()) { done(.all(answer)) }
        }
    }

    private func store(_ batch: Batch) {
        state.withLock { state in
            state.batches.append(batch)
            state.firsts.append(state.end)
            state.isSettled.append(false)
            state.end += Offset(batch.count)
        }
        deliver()
    }

    package func receive(from: Offset, upTo tweets: Int, _ done: @escaping @Sendable (Reception) -> Void) {
        let overruled = state.withLock { state in
            defer { state.waiting = (from, tweets, done) }
            return state.waiting?.done
        }
        overruled?(.unavailable("overruled by a newer call"))
        if clockwork.chance(state.withLock { $0.faults.redelivery }) { stumble() }
        clockwork.after(milliseconds: clockwork.delay()) { [self] in deliver() }
    }

    /// A log fails its reader; a queue loses the connection, and delivers again what is out.
    private func stumble() {
        clockwork.after(milliseconds: clockwork.delay()) { [self] in
            let waiting = state.withLock { state in
                state.out = []
                defer { state.waiting = nil }
                return state.waiting
            }
            waiting?.done(.unavailable("connection lost"))
        }
    }

    private func deliver() {
        let (answer, done) = state.withLock { state -> (Delivery?, (@Sendable (Reception) -> Void)?) in
            guard let waiting = state.waiting else { return (nil, nil) }
            let delivery = name == .kafka ? state.read(waiting.from, waiting.upTo) : state.take(waiting.upTo)
            guard let delivery else { return (nil, nil) }
            state.waiting = nil
            return (delivery, waiting.done)
        }
        guard var delivery = answer, let done else { return }
        if sabotage == .autoAck { markSettled(delivery) }
        if sabotage == .phantom, clockwork.chance(5) {
            delivery.batches.append(SimulatedTweets.batch([SimulatedTweets.invented(clockwork.pick(0...1 << 40))]))
        }
        let final = delivery
        clockwork.after(milliseconds: clockwork.delay()) { done(.delivery(final)) }
    }

    package func settle(_ delivery: Delivery, _ done: @escaping @Sendable (Bool) -> Void) {
        let isLost = clockwork.chance(state.withLock { $0.faults.unavailable })
        clockwork.after(milliseconds: clockwork.delay()) { [self] in
            if !isLost { markSettled(delivery) }
            done(!isLost)
        }
    }

    private func markSettled(_ delivery: Delivery) {
        state.withLock { state in
            if name == .kafka {
                state.settledOffset = max(state.settledOffset, delivery.next)
            } else {
                let index = Int(delivery.tag)
                for place in index..<min(index + delivery.batches.count, state.isSettled.count) {
                    state.isSettled[place] = true
                    state.out.remove(place)
                }
            }
        }
    }

    package func bury(_ letters: [DeadLetter], _ done: @escaping @Sendable (Bool) -> Void) {
        clockwork.after(milliseconds: clockwork.delay()) { [self] in
            state.withLock { $0.letters += letters }
            done(true)
        }
    }

    /// What is durable and not settled.
    package var backlog: Backlog {
        state.withLock { state in
            let lag =
                name == .kafka
                ? Int(state.end - state.settledOffset)
                : state.batches.indices.filter { !state.isSettled[$0] }.reduce(0) { $0 + state.batches[$1].count }
            return Backlog(lag: lag, deadLetters: state.letters.count)
        }
    }
}

extension SimulatedLeg.State {
    /// Of a log: the batches from an offset on.
    fileprivate func read(_ from: Offset, _ tweets: Int) -> Delivery? {
        guard let start = firsts.firstIndex(where: { $0 >= from }) else { return nil }
        var delivery = Delivery(batches: [], first: firsts[start], next: firsts[start], tag: firsts[start])
        for index in start..<batches.count where delivery.batches.isEmpty || delivery.count < tweets {
            delivery.batches.append(batches[index])
            delivery.next += Offset(batches[index].count)
        }
        return delivery
    }

    /// Of a queue: the next batches that are neither settled nor out, as long as they stand together.
    fileprivate mutating func take(_ tweets: Int) -> Delivery? {
        guard let start = batches.indices.first(where: { !isSettled[$0] && !out.contains($0) }) else { return nil }
        var delivery = Delivery(batches: [], first: 0, next: 0, tag: Offset(start))
        for index in start..<batches.count {
            guard !isSettled[index], !out.contains(index), delivery.batches.isEmpty || delivery.count < tweets else {
                break
            }
            delivery.batches.append(batches[index])
            out.insert(index)
        }
        return delivery
    }
}
