/// A kind of broken promise; the raw value is its name in JSON.
enum FindingKind: String, CaseIterable {
    /// Answered 200 or 202, and neither counted nor waiting nor a dead letter.
    case lost
    /// Counted more than once.
    case doubled
    /// Counted, and no ledger knows of it.
    case phantom
    /// Refused, and counted all the same.
    case refused
    /// Counted in one store and not in the other, of unknown outcome.
    case unequal
    /// One id given to two tweets by the gateway.
    case reissued
    /// The traces in one store contradict each other.
    case torn
    /// Counts that do not add up to what they should.
    case sums
}

/// One broken promise in one place.
struct Finding: Equatable {
    let kind: FindingKind
    /// The leg; nil: of both together or of the ledger.
    let leg: AuditedLeg?
    let count: Int
    /// The first of them, ids or sentences; at most `Finding.examplesMax`.
    let examples: [String]

    static let examplesMax = 10

    init(_ kind: FindingKind, _ leg: AuditedLeg?, ids: IDSet) {
        (self.kind, self.leg) = (kind, leg)
        count = ids.count
        examples = ids.prefix(Self.examplesMax).map(\.description)
    }

    /// - Parameter count: how many it is about; nil: as many as there are sentences.
    init(_ kind: FindingKind, _ leg: AuditedLeg?, count: Int? = nil, sentences: [String]) {
        (self.kind, self.leg) = (kind, leg)
        self.count = count ?? sentences.count
        examples = Array(sentences.prefix(Self.examplesMax))
    }
}

/// The numbers of one leg, for the report.
struct LegNumbers: Equatable {
    var total = 0
    /// Stored tweets of the ledger that are counted, wait, or lie among the dead letters.
    var counted = 0
    var pending = 0
    var deadLetters = 0
    /// Tweets of unknown outcome that were counted after all.
    var unknownCounted = 0
}

/// What an audit came to.
struct AuditResult {
    var findings: [Finding] = []
    var numbers: [AuditedLeg: LegNumbers] = [:]
    /// What could not be checked, and why: sentences.
    var unchecked: [String] = []
    /// What is worth knowing and breaks nothing.
    var notes: [String] = []
    /// One store has tweets that the other lacks, and no ledger says that they were stored: they may be on their way.
    var isOneSided = false

    enum Verdict: String { case holds, violated, unchecked }

    /// A broken promise is one, even when something else could not be checked.
    var verdict: Verdict { !findings.isEmpty ? .violated : !unchecked.isEmpty ? .unchecked : .holds }
}
