/// What a consumer decides: read, bury what cannot be read, count, settle, and what to do when one of them fails.
///
/// One delivery is worked on while the next one is read and taken apart. The order is what makes counting exact:
/// bury and count (durable, at most once by the store's dedup) before settling (the leg may forget).
package struct ConsumerMachine: Sendable {
    /// How much at once, and how patient.
    package struct Limits: Sendable, Equatable {
        /// About how many tweets one transaction of the store takes.
        package var tweetsMax = 20_000
        /// A delivery smaller than half of `tweetsMax` is followed by a pause of this length, so that a trickle does
        /// not cost a commit a tweet; what is asked for is 20 ms from accepted to counted, not less.
        package var linger = Duration.milliseconds(20)
        package var backoff = Backoff(initial: .milliseconds(50), longest: .seconds(2))
        /// With nothing to do the store is asked so often where it stands: after a fail-over to an older copy nothing
        /// else would tell, until the next tweet comes.
        package var checkInterval = Duration.seconds(1)

        package init() {}
    }

    /// What the owner is to do; its answer comes back as an event.
    package enum Action: Sendable, Equatable {
        case askOffset
        /// The store is already here: a log whose settling was lost with a crash would show a lag that is none.
        case catchUp(Offset)
        /// The newest receive counts; what an older one brings is dropped.
        case receive(number: Int, from: Offset, upTo: Int)
        /// Keep the letters that preparing the delivery found. `number` is that of the receive which brought it.
        case bury(number: Int)
        case apply(number: Int)
        case settle(number: Int)
    }

    private enum Step: Sendable, Equatable { case bury, apply, settle }

    private struct Work: Sendable {
        let number: Int
        var step: Step
        /// Failures of the present step in a row.
        var failures = 0
        /// When the present step is tried again; nil while it is under way.
        var retry: Moment?

        init(_ number: Int, hasLetters: Bool) {
            self.number = number
            step = hasLetters ? .bury : .apply
        }
    }

    private enum Start: Sendable { case asking, waiting(until: Moment), done(nextCheck: Moment), checking }

    private let limits: Limits
    private var start = Start.asking
    private var startFailures = 0
    /// Where the next receive begins.
    private var position: Offset = 0
    private var isReceiving = false
    private var receiveNumber = 0
    private var receiveFailures = 0
    private var receiveNotBefore: Moment?
    private var work: Work?
    private var ahead: Work?
    package private(set) var isClosed = false

    package init(limits: Limits) { self.limits = limits }

    /// Whether this receive is the one that counts.
    package func isCurrent(receive number: Int) -> Bool { isReceiving && number == receiveNumber }

    /// Nothing is being worked on; with a source whose lag is 0 everything is counted.
    package var isIdle: Bool { work == nil && ahead == nil }

    /// The first event: where does the store stand?
    package mutating func begin() -> [Action] { [.askOffset] }

    /// The store answered where it stands; nil when it cannot be read.
    package mutating func offset(_ offset: Offset?, now: Moment) -> [Action] {
        switch start {
        case .asking:
            guard let offset else {
                startFailures += 1
                start = .waiting(until: now + limits.backoff.pause(after: startFailures))
                return []
            }
            position = offset
        case .checking:
            // Work that came in the meantime compares for itself.
            if let offset, isIdle, offset != position { rewind(to: offset) }
        case .waiting, .done: return []
        }
        start = .done(nextCheck: now + limits.checkInterval)
        return (isIdle ? [.catchUp(position)] : []) + receive(now: now)
    }

    /// A delivery arrived and was prepared.
    /// - Parameter hasLetters: some of it cannot be read.
    package mutating func received(_ delivery: Delivery, hasLetters: Bool, number: Int, now: Moment) -> [Action] {
        guard isCurrent(receive: number) else { return [] }
        isReceiving = false
        receiveFailures = 0
        position = delivery.next
        receiveNotBefore = delivery.count * 2 >= limits.tweetsMax ? nil : now + limits.linger
        let new = Work(number, hasLetters: hasLetters)
        if work == nil {
            work = new
            return step() + receive(now: now)
        }
        ahead = new
        return []
    }

    /// The source cannot be read now.
    package mutating func receiveFailed(number: Int, now: Moment) -> [Action] {
        guard isCurrent(receive: number) else { return [] }
        isReceiving = false
        receiveFailures += 1
        receiveNotBefore = now + limits.backoff.pause(after: receiveFailures)
        return []
    }

    /// The source ended; what was received before is still counted.
    package mutating func closed() { (isReceiving, isClosed) = (false, true) }

    /// The source kept the dead letters, or could not.
    package mutating func buried(_ isDone: Bool, now: Moment) -> [Action] {
        guard work?.step == .bury else { return [] }
        guard isDone else { return failed(now: now) }
        return advance(to: .apply)
    }

    /// The store's answer to the batch.
    package mutating func applied(_ answer: Applied, now: Moment) -> [Action] {
        guard work?.step == .apply else { return [] }
        switch answer {
        case .counted: return advance(to: .settle)
        case .unavailable: return failed(now: now)
        case .elsewhere(let offset):
            // The store is somewhere else than we thought (an older copy, or another consumer): go there.
            (work, ahead) = (nil, nil)
            rewind(to: offset)
            return receive(now: now)
        }
    }

    /// The source took the acknowledgement, or did not.
    package mutating func settled(_ isDone: Bool, now: Moment) -> [Action] {
        guard work?.step == .settle else { return [] }
        guard isDone else { return failed(now: now) }
        work = ahead
        ahead = nil
        return step() + receive(now: now)
    }

    /// Time has passed: tries again what waited long enough, and looks where an idle store stands.
    package mutating func tick(now: Moment) -> [Action] {
        var actions: [Action] = []
        switch start {
        case .waiting(let until) where now >= until:
            start = .asking
            actions.append(.askOffset)
        case .done(let nextCheck) where now >= nextCheck && isIdle && isReceiving:
            start = .checking
            actions.append(.askOffset)
        default: break
        }
        if let retry = work?.retry, now >= retry {
            work?.retry = nil
            actions += step()
        }
        return actions + receive(now: now)
    }

    /// A receive that is under way reads the wrong place, and may wait there for ever: the next one overrules it.
    private mutating func rewind(to offset: Offset) {
        position = offset
        isReceiving = false
        receiveNotBefore = nil
    }

    private mutating func advance(to next: Step) -> [Action] {
        work?.step = next
        work?.failures = 0
        return step()
    }

    private mutating func failed(now: Moment) -> [Action] {
        guard var current = work else { return [] }
        current.failures += 1
        current.retry = now + limits.backoff.pause(after: current.failures)
        work = current
        return []
    }

    private func step() -> [Action] {
        guard let work else { return [] }
        return switch work.step {
        case .bury: [.bury(number: work.number)]
        case .apply: [.apply(number: work.number)]
        case .settle: [.settle(number: work.number)]
        }
    }

    private mutating func receive(now: Moment) -> [Action] {
        switch start {
        case .done, .checking: break
        case .asking, .waiting: return []
        }
        guard !isReceiving, !isClosed, ahead == nil else { return [] }
        if let receiveNotBefore, now < receiveNotBefore { return [] }
        isReceiving = true
        receiveNumber += 1
        return [.receive(number: receiveNumber, from: position, upTo: limits.tweetsMax)]
    }
}
