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
        /// The legs differ as they did before this gateway took its first tweet.
        case earlier
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
/// Two things may make the legs differ although no promise is broken, for in neither case was a tweet accepted: an
/// outcome that was answered as unknown, and a tweet that was cut off by a crash, stored on one side and never answered.
/// The first are counted by the gateway. The second are all older than this start, so the difference that is there before
/// the gateway takes its first tweet is taken as given, and the audit watches that it does not change.
struct Audit {
    private var previous: ByLeg<Int>?
    /// The differences that were there before.
    private var before: ClosedRange<Int> = 0...0
    /// What the fingerprints differed by before; nil if that was not at rest.
    private var fingerprintBefore: UInt64? = 0

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
        if look.isUntouched { takeAsGiven(look) }
        if look.underway > 0 {
            return Finding(
                verdict: .pending, reason: .inFlight, difference: look.difference, count: look.underway)
        }
        guard previous == settled else {
            return Finding(verdict: .pending, reason: .counting, difference: look.difference)
        }
        return compare(look)
    }

    private mutating func takeAsGiven(_ look: Look) {
        let (kafka, rabbitmq) = (look.legs.kafka, look.legs.rabbitmq)
        // A tweet that waits may have been counted already and come again, so what a leg will have lies between the two.
        let least = kafka.settled - (rabbitmq.settled + rabbitmq.backlog.lag)
        let most = kafka.settled + kafka.backlog.lag - rabbitmq.settled
        before = least...max(least, most)
        fingerprintBefore = kafka.backlog.lag + rabbitmq.backlog.lag == 0 ? look.fingerprintDifference : nil
    }

    /// Of two legs at rest.
    private func compare(_ look: Look) -> Finding {
        let (difference, unknown) = (look.difference, look.account.unknown)
        func finding(_ verdict: Finding.Verdict, _ reason: Finding.Reason) -> Finding {
            Finding(verdict: verdict, reason: reason, difference: difference)
        }
        let agrees = look.hasDeadLetters || look.fingerprintDifference == 0
        if difference == 0 && agrees { return finding(.ok, look.legs.kafka.settled == 0 ? .nothing : .agree) }
        let isAsBefore = look.hasDeadLetters || fingerprintBefore == nil
            || fingerprintBefore == look.fingerprintDifference
        if before.contains(difference) && isAsBefore { return finding(.pending, .earlier) }
        let explained = before.lowerBound - unknown...before.upperBound + unknown
        if unknown > 0 && explained.contains(difference) { return finding(.pending, .unknownOutcome) }
        return finding(.violated, difference == 0 ? .content : .difference)
    }
}
