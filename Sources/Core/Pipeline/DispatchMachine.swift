package import Tweets

/// What the dispatcher decides: which leg gets which batch when, and what the caller hears. No effects, no clock.
///
/// A batch is finished when both legs have it, or neither has. Until then it is tried again: a tweet that only one leg
/// has would break the comparison and the audit, and trying again is safe because the sink counts an id once.
package struct DispatchMachine: Sendable {
    /// How many at once, and how patient.
    package struct Limits: Sendable, Equatable {
        /// Batches under way, those that are being repaired included; above it a batch is refused at once.
        package var batchesMax = 8
        /// After this the caller hears `unknown`; the batch itself goes on.
        package var deadline = Duration.milliseconds(2500)
        package var backoff = Backoff(initial: .milliseconds(50), longest: .seconds(1))

        package init() {}
    }

    /// What the owner is to do.
    package enum Action: Sendable, Equatable {
        case publish(batch: Int, LegName)
        case answer(batch: Int, Receipts)
        /// Nothing more will be asked of this batch.
        case forget(batch: Int)
    }

    fileprivate enum Way: Sendable {
        case publishing
        case waiting(until: Moment)
        /// The leg said all that it will say.
        case settled
    }

    fileprivate struct Entry: Sendable {
        let count: Int
        let deadline: Moment
        var ways: ByLeg<Way>
        var receipts: ByLeg<Receipts>
        var attempts = ByLeg(kafka: 1, rabbitmq: 1)
        var isAnswered = false
    }

    private let limits: Limits
    private var entries: [Int: Entry] = [:]

    package init(limits: Limits) { self.limits = limits }

    /// Batches that one leg has, or may have, and the other lacks, beyond their caller's patience.
    package var repairing: Int { entries.values.count { $0.isAnswered } }
    package var underway: Int { entries.count }

    /// A new batch. Empty when there is no room for it: refuse it, nothing is stored.
    package mutating func submit(_ batch: Int, count: Int, now: Moment) -> [Action] {
        guard entries.count < limits.batchesMax else { return [] }
        entries[batch] = Entry(
            count: count, deadline: now + limits.deadline,
            ways: ByLeg(kafka: .publishing, rabbitmq: .publishing),
            receipts: ByLeg(kafka: .all(.unknown), rabbitmq: .all(.unknown)))
        return LegName.allCases.map { .publish(batch: batch, $0) }
    }

    /// A leg answered.
    package mutating func received(_ receipts: Receipts, from leg: LegName, batch: Int, now: Moment) -> [Action] {
        guard var entry = entries[batch], case .publishing = entry.ways[leg] else { return [] }
        let isFirst = entry.attempts[leg] == 1
        entry.receipts[leg] = isFirst ? receipts : entry.receipts[leg].improved(by: receipts, count: entry.count)
        entry.ways[leg] = .settled
        defer { if entries[batch] != nil { entries[batch] = entry } }

        // Decide only when both have spoken: whether "unavailable" is final depends on the other leg.
        for other in LegName.allCases {
            guard case .settled = entry.ways[other] else { return [] }
        }
        if entry.isNowhere {
            entries[batch] = nil
            return answer(&entry, batch, .all(.unavailable)) + [.forget(batch: batch)]
        }
        let lacking = LegName.allCases.filter { !entry.receipts[$0].isFinal }
        if lacking.isEmpty {
            entries[batch] = nil
            return answer(&entry, batch, entry.combined) + [.forget(batch: batch)]
        }
        for leg in lacking {
            entry.ways[leg] = .waiting(until: now + limits.backoff.pause(after: entry.attempts[leg]))
            entry.attempts[leg] += 1
        }
        return []
    }

    /// Time has passed: tries again what waited long enough, answers `unknown` to callers whose patience is over.
    package mutating func tick(now: Moment) -> [Action] {
        var actions: [Action] = []
        for batch in entries.keys.sorted() {
            guard var entry = entries[batch] else { continue }
            if now >= entry.deadline { actions += answer(&entry, batch, .all(.unknown)) }
            for leg in LegName.allCases {
                if case .waiting(let until) = entry.ways[leg], now >= until {
                    entry.ways[leg] = .publishing
                    actions.append(.publish(batch: batch, leg))
                }
            }
            entries[batch] = entry
        }
        return actions
    }

    private func answer(_ entry: inout Entry, _ batch: Int, _ receipts: Receipts) -> [Action] {
        guard !entry.isAnswered else { return [] }
        entry.isAnswered = true
        return [.answer(batch: batch, receipts)]
    }
}

extension DispatchMachine.Entry {
    /// Neither leg has any of it, for certain.
    fileprivate var isNowhere: Bool {
        receipts.kafka.isAll(.unavailable) && receipts.rabbitmq.isAll(.unavailable)
    }

    /// What the caller hears of each tweet.
    fileprivate var combined: Receipts {
        if case .all(let a) = receipts.kafka, case .all(let b) = receipts.rabbitmq { return .all(a.combined(with: b)) }
        return .each((0..<count).map { receipts.kafka[$0].combined(with: receipts.rabbitmq[$0]) })
    }
}

extension Receipts {
    func isAll(_ receipt: Receipt) -> Bool {
        switch self {
        case .all(let one): one == receipt
        case .each(let all): all.allSatisfy { $0 == receipt }
        }
    }

    /// No tweet of it needs another try.
    var isFinal: Bool {
        switch self {
        case .all(let receipt): receipt.isFinal
        case .each(let all): all.allSatisfy(\.isFinal)
        }
    }

    /// After another try: what is final stays, the rest takes the newer word; but "unavailable" after "unknown" stays
    /// unknown, because the earlier try may have arrived.
    func improved(by newer: Receipts, count: Int) -> Receipts {
        func better(_ old: Receipt, _ new: Receipt) -> Receipt {
            old.isFinal || (old == .unknown && new == .unavailable) ? old : new
        }
        if case .all(let old) = self, case .all(let new) = newer { return .all(better(old, new)) }
        return .each((0..<count).map { better(self[$0], newer[$0]) })
    }
}

extension Receipt {
    /// Trying again would change nothing.
    var isFinal: Bool { self == .stored || self == .spooled || self == .rejected }

    /// The word for a tweet from the words of its two legs.
    func combined(with other: Receipt) -> Receipt {
        switch (self, other) {
        case (let a, let b) where a == b: a
        case (.stored, .spooled), (.spooled, .stored): .spooled
        default: .unknown
        }
    }
}
