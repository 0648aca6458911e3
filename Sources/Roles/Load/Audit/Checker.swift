/// Compares ledgers with the stores: pure, no file, no clock.
struct Checker {
    let claims: Claims
    let facts: [AuditedLeg: (leg: LegFacts, store: StoreFacts)]
    /// Nobody but the ledgers' runs wrote to the stores, so that what they do not know is a phantom.
    let isExclusive: Bool
    /// Tweets were published or counted while the facts were read, so that they do not belong to one moment.
    var isMoving = false

    /// The ledgers are all there is: what they do not know can be held against the stores.
    private var knowsAll: Bool { isExclusive && claims.brokenRuns == 0 }

    func check() -> AuditResult {
        var result = AuditResult()
        if claims.brokenRuns > 0 {
            result.unchecked.append(
                "\(claims.brokenRuns) runs of the ledger have no proper end: phantoms and sums are not looked for")
        }
        if !claims.reissued.isEmpty { result.findings.append(Finding(.reissued, nil, ids: claims.reissued)) }
        var named: [AuditedLeg: IDSet] = [:]
        for leg in AuditedLeg.allCases {
            guard let (legFacts, store) = facts[leg] else { continue }
            StoreChecker(leg: leg, store: store).check(&result)
            named[leg] = checkClaims(leg, legFacts, store, &result)
        }
        checkEqual(named, &result)
        return result
    }

    /// One store and the ledger.
    ///
    /// - Returns: what is counted and was named as wrong, so that it is not named again.
    private func checkClaims(
        _ leg: AuditedLeg, _ legFacts: LegFacts, _ store: StoreFacts, _ result: inout AuditResult
    ) -> IDSet {
        let counted = store.counted
        let missing = claims.stored.subtracting(counted)
        let pending = missing.intersection(legFacts.backlog)
        let dead = missing.subtracting(pending).intersection(legFacts.deadLetters)
        let unknownCounted = counted.intersection(claims.unknownIDs)
        result.numbers[leg] = LegNumbers(
            total: store.total, counted: claims.stored.intersection(counted).count, pending: pending.count,
            deadLetters: dead.count, unknownCounted: unknownCounted.count)
        if !pending.isEmpty {
            result.unchecked.append("\(leg.rawValue): \(pending.count) tweets still wait to be counted")
        }
        if !dead.isEmpty { result.notes.append("\(leg.rawValue): \(dead.count) tweets of the ledger are dead letters") }
        checkLost(leg, missing.subtracting(pending).subtracting(dead), store, &result)

        let refused = counted.intersection(claims.refused)
        if !refused.isEmpty { result.findings.append(Finding(.refused, leg, ids: refused)) }
        guard knowsAll else { return refused }
        let phantoms = phantoms(leg, counted, &result)
        if store.isComplete {
            let repetitions = max(0, store.journalTweets - store.journal.count)
            let sums = LedgerSums(
                leg: leg, claims: claims, missing: missing.count, added: phantoms.count + refused.count + repetitions)
            sums.check(store, unknownCounted, &result)
        }
        return refused.union(phantoms)
    }

    private func checkLost(_ leg: AuditedLeg, _ lost: IDSet, _ store: StoreFacts, _ result: inout AuditResult) {
        guard !lost.isEmpty else { return }
        if !store.isComplete, let earliest = claims.earliest, earliest < store.journalSince ?? .max {
            result.unchecked.append("\(leg.rawValue): the ledger is older than what the store still remembers")
        } else {
            result.findings.append(Finding(.lost, leg, ids: lost))
        }
    }

    /// Counted, and known to no line of the ledger by name. Requests of unknown outcome without ids of their own
    /// explain as many made ids as they had tweets.
    private func phantoms(_ leg: AuditedLeg, _ counted: IDSet, _ result: inout AuditResult) -> IDSet {
        let extra = counted.subtracting(claims.stored).subtracting(claims.unknownIDs).subtracting(claims.refused)
        let made = extra.madeOnly
        let madeCount = made.count
        let isExplained = madeCount <= claims.unnamedTweets
        if isExplained { result.numbers[leg]?.unknownCounted += madeCount }
        let phantoms = isExplained ? extra.ownOnly : extra
        guard !phantoms.isEmpty else { return phantoms }
        if !isExplained, claims.unnamedTweets > 0 {
            result.notes.append(
                "\(leg.rawValue): up to \(claims.unnamedTweets) of the phantoms may be tweets whose outcome is unknown")
        }
        result.findings.append(Finding(.phantom, leg, ids: phantoms))
        return phantoms
    }

    /// Both stores: what the ledger does not call stored must be in both or in none. (What it does is named as lost
    /// where it is missing.)
    private func checkEqual(_ named: [AuditedLeg: IDSet], _ result: inout AuditResult) {
        guard let kafka = facts[.kafka], let rabbitmq = facts[.rabbitmq] else { return }
        let (first, second) = (kafka.store.counted, rabbitmq.store.counted)
        if first == second { return checkEqualSums(kafka.store, rabbitmq.store, &result) }
        guard kafka.store.isComplete, rabbitmq.store.isComplete else { return }
        checkOneSided(.kafka, first.subtracting(second), named, rabbitmq.leg, &result)
        checkOneSided(.rabbitmq, second.subtracting(first), named, kafka.leg, &result)
    }

    private func checkOneSided(
        _ leg: AuditedLeg, _ ids: IDSet, _ named: [AuditedLeg: IDSet], _ other: LegFacts, _ result: inout AuditResult
    ) {
        let open = ids.subtracting(claims.stored).subtracting(named[leg] ?? IDSet())
        let waiting = open.intersection(other.backlog)
        if !waiting.isEmpty {
            result.unchecked.append(
                "\(waiting.count) tweets counted behind \(leg.rawValue) still wait in the other leg")
        }
        var unequal = open.subtracting(waiting).subtracting(other.deadLetters)
        if claims.brokenRuns > 0 {
            // A run may be sending right now: a tweet that no ledger names may be on its way into the other leg.
            let named = unequal.intersection(claims.unknownIDs)
            let others = unequal.count - named.count
            if others > 0 {
                result.unchecked.append("\(others) tweets of no ledger are counted behind \(leg.rawValue) only")
            }
            unequal = named
        }
        guard !unequal.isEmpty else { return }
        result.isOneSided = true
        if isMoving {
            result.unchecked.append(
                "\(unequal.count) tweets counted behind \(leg.rawValue) may be on their way to the other leg")
        } else {
            result.findings.append(Finding(.unequal, leg, ids: unequal))
        }
    }

    /// Both counted the same tweets, so all their numbers must be the same.
    private func checkEqualSums(_ first: StoreFacts, _ second: StoreFacts, _ result: inout AuditResult) {
        var sentences = [String]()
        func compare(_ name: String, _ a: Int, _ b: Int) {
            if a != b { sentences.append("\(name): \(a) behind kafka, \(b) behind rabbitmq") }
        }
        compare("total", first.total, second.total)
        for (number, code) in CountryCodes.codes.enumerated() {
            compare(code, first.countries[number], second.countries[number])
        }
        for (number, name) in WeatherCodes.names.enumerated() {
            compare(name, first.weathers[number], second.weathers[number])
        }
        if first.fingerprint != second.fingerprint { sentences.append("the fingerprints of the counted ids differ") }
        if !sentences.isEmpty { result.findings.append(Finding(.sums, nil, sentences: sentences)) }
    }
}
