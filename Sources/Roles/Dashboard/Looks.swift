import Pipeline

/// When to look at the stores, and what came of it: one look at a time, for everyone who wants to know.
///
/// A store that does not answer is waited for until a deadline and then left out, and not asked again before it has
/// answered: the other leg goes on, and nothing piles up. Times are nanoseconds of a clock that only goes forward.
struct Looks {
    /// The pause between two looks while someone asks: many who ask at once are one look.
    static let askedPause: Int64 = 20_000_000
    /// The pause between two looks while someone watches.
    static let livePause: Int64 = 250_000_000
    /// The pause between two while nobody does, and between two values of the rates.
    static let restPause: Int64 = 1_000_000_000
    /// How long a look waits for a store.
    static let deadline: Int64 = 2_000_000_000

    /// One look.
    struct Question: Equatable {
        var number: Int
        var legs: [LegName]
    }

    private var number = 0
    /// When the last look began; nil before the first.
    private(set) var began: Int64?
    private(set) var isUnderway = false
    /// Legs that this look waits for.
    private var awaited: Set<LegName> = []
    /// Legs that an earlier look gave up and that have not answered since.
    private var silent: Set<LegName> = []
    private var found = ByLeg<StoreSnapshot?> { _ in nil }

    /// Begins a look: the legs to ask.
    mutating func begin(at time: Int64) -> Question {
        number += 1
        (began, isUnderway) = (time, true)
        found = ByLeg { _ in nil }
        let legs = LegName.allCases.filter { !silent.contains($0) }
        awaited = Set(legs)
        return Question(number: number, legs: legs)
    }

    /// - Parameter number: of the look that asked. What comes for an earlier one is too old to be used.
    mutating func answered(_ leg: LegName, _ snapshot: StoreSnapshot?, number: Int) {
        silent.remove(leg)
        guard number == self.number, awaited.remove(leg) != nil else { return }
        found[leg] = snapshot
    }

    /// What was found, once: when all have answered or the deadline has passed. Nil in a leg: it does not answer.
    mutating func finish(at time: Int64) -> ByLeg<StoreSnapshot?>? {
        guard isUnderway, let began, awaited.isEmpty || time - began >= Self.deadline else { return nil }
        isUnderway = false
        silent.formUnion(awaited)
        awaited = []
        return found
    }

    /// When to begin the next one; nil while one is under way.
    func nextBegin(isAsked: Bool, isWatched: Bool) -> Int64? {
        guard !isUnderway else { return nil }
        guard let began else { return .min }
        return began + (isAsked ? Self.askedPause : isWatched ? Self.livePause : Self.restPause)
    }

    /// When a look that is under way is given up.
    var givesUp: Int64 { (began ?? 0) + Self.deadline }
}
