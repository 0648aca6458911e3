/// One store by itself: its journal, bitmaps and counts must tell the same story.
struct StoreChecker {
    let leg: AuditedLeg
    let store: StoreFacts

    func check(_ result: inout AuditResult) {
        checkDoubled(&result)
        var sentences = [String]()
        func compare(_ name: String, _ sum: Int) {
            if sum != store.total { sentences.append("\(name) is \(sum), the total is \(store.total)") }
        }
        compare("Σ countries", store.countries.reduce(0, &+))
        compare("Σ weather", store.weathers.reduce(0, &+))
        compare("Σ minutes", store.minutesTotal)
        if !sentences.isEmpty { result.findings.append(Finding(.sums, leg, sentences: sentences)) }
        checkTorn(&result)
    }

    private func checkDoubled(_ result: inout AuditResult) {
        if !store.repeated.isEmpty { return result.findings.append(Finding(.doubled, leg, ids: store.repeated)) }
        let distinct = store.journal.count
        guard store.isComplete, store.total > distinct else { return }
        let sentence = "the total is \(store.total), the journal names \(distinct) different tweets"
        result.findings.append(Finding(.doubled, leg, count: store.total - distinct, sentences: [sentence]))
    }

    private func checkTorn(_ result: inout AuditResult) {
        var torn = store.flaws
        func add(_ what: String, _ ids: IDSet) {
            guard !ids.isEmpty else { return }
            let first = ids.prefix(3).map(\.description).joined(separator: ", ")
            torn.append("\(ids.count) \(what): \(first)\(ids.count > 3 ? ", …" : "")")
        }
        if store.isComplete {
            add("marked as seen, not counted", store.seen.subtracting(store.journal))
            add("counted, not marked as seen", store.journal.subtracting(store.seen))
        } else {
            result.notes.append(
                "\(leg.rawValue): the journal begins behind \(store.journalStart) tweets; the rest is not checked"
            )
        }
        if !torn.isEmpty { result.findings.append(Finding(.torn, leg, sentences: torn)) }
    }
}
