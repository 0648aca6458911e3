import Pipeline

/// What the audit says, and why.
struct Finding: Equatable {
    enum Verdict: String { case ok, pending, violated }

    /// Why. The page has words for each, in every language it speaks.
    enum Reason: String, CaseIterable {
        /// Both legs counted the same.
        case agree
        /// As `agree`, of nothing.
        case nothing
        /// Tweets are on their way.
        case inFlight
        /// The totals moved since the last look.
        case counting
        /// A store does not answer.
        case unreadable
        /// The legs differ by no more than the tweets whose senders were told that the outcome is unknown.
        case unknownOutcome
        /// Promise I5 is broken in a store.
        case inconsistent
        /// The legs differ, and nothing explains it.
        case difference
        /// As many here as there, but not the same tweets.
        case content
    }

    var verdict: Verdict
    var reason: Reason
    /// How many tweets more the kafka leg has; dead letters count as had.
    var difference = 0
    /// Of `inFlight`.
    var count = 0
    /// Of `unreadable` and `inconsistent`.
    var leg: LegName?
}

/// Compares the two legs: accepted = counted behind Kafka = counted behind RabbitMQ, but for what is on its way.
///
/// A tweet whose outcome was answered as unknown may be behind one leg only until its sender tries again or the next
/// start levels the legs. No promise is broken by that, and the gateway counts such tweets: they explain a difference
/// of as many.
struct Audit {
    private var previous: ByLeg<Int>?

    mutating func judge(_ look: Look) -> Finding {
        let settled = ByLeg { look.legs[$0].settled }
        defer { previous = settled }
        let names = LegName.allCases
        if let leg = names.first(where: { !look.legs[$0].snapshot.isConsistent }) {
            return Finding(verdict: .violated, reason: .inconsistent, leg: leg)
        }
        if let leg = names.first(where: { !look.legs[$0].isReadable }) {
            return Finding(verdict: .pending, reason: .unreadable, leg: leg)
        }
        if look.underway > 0 {
            return Finding(
                verdict: .pending, reason: .inFlight, difference: look.difference, count: look.underway)
        }
        guard previous == settled else {
            return Finding(verdict: .pending, reason: .counting, difference: look.difference)
        }
        return compare(look)
    }

    /// Of two legs at rest.
    private func compare(_ look: Look) -> Finding {
        func finding(_ verdict: Finding.Verdict, _ reason: Finding.Reason) -> Finding {
            Finding(verdict: verdict, reason: reason, difference: look.difference)
        }
        let isSame = look.hasDeadLetters || look.fingerprintDifference == 0
        if look.difference == 0 && isSame { return finding(.ok, look.legs.kafka.settled == 0 ? .nothing : .agree) }
        let unknown = look.account.unknown
        if unknown > 0 && abs(look.difference) <= unknown { return finding(.pending, .unknownOutcome) }
        return finding(.violated, look.difference == 0 ? .content : .difference)
    }
}
