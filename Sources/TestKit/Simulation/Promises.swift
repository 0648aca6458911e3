package import Pipeline
package import Tweets

/// Promises I1 to I5 of one store against what the clients know.
package enum Promises {
    /// What is broken, in words that begin with the promise.
    package static func violations(
        leg: LegName, outcomes: [TweetID: SimulatedWorld.Outcome], contents: SimulatedStore.Contents, deadLetters: Int
    ) -> [String] {
        var found: [String] = []
        for (id, outcome) in outcomes {
            let times = contents.counted[id] ?? 0
            if outcome == .accepted, times == 0 {
                found.append("I1: \(id) was accepted and is not counted behind \(leg)")
            }
            if outcome == .refused, times > 0 { found.append("I4: \(id) was refused and is counted behind \(leg)") }
        }
        for (id, times) in contents.counted {
            if times > 1 { found.append("I2: \(id) is counted \(times) times behind \(leg)") }
            if outcomes[id] == nil { found.append("I3: \(id) was never sent and is counted behind \(leg)") }
        }
        if !contents.snapshot.isConsistent || contents.snapshot.total != contents.counted.values.reduce(0, +) {
            found.append("I5: the sums of \(leg) differ")
        }
        if deadLetters > 0 { found.append("\(deadLetters) readable tweets became dead letters behind \(leg)") }
        return found.sorted()
    }
}
