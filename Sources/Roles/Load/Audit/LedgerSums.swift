/// Counts by country and weather of one store against the ledger's own.
struct LedgerSums {
    let leg: AuditedLeg
    let claims: Claims
    /// How far the counts may be off because of what was named already: too few, and too many.
    let missing: Int
    let added: Int

    func check(_ store: StoreFacts, _ unknownCounted: IDSet, _ result: inout AuditResult) {
        var expected = claims.storedSums
        for id in unknownCounted.prefix(.max) {
            guard let place = claims.unknown[id] else { continue }
            expected.add(country: place.country, weather: place.weather)
        }
        let unnamed = claims.unnamedSums
        // Of a tweet whose country the ledger does not know, any count may be one higher.
        let loose = expected.unknown + unnamed.unknown
        var sentences = [String]()
        func compare(_ name: String, _ counted: Int, _ expected: Int, _ unnamed: Int) {
            let (low, high) = (max(0, expected - missing), expected + unnamed + loose + added)
            guard counted < low || counted > high else { return }
            sentences.append("\(name): \(counted) counted, \(low == high ? "" : "\(low) to ")\(high) by the ledger")
        }
        for (number, code) in CountryCodes.codes.enumerated() {
            compare(code, store.countries[number], expected.countries[number], unnamed.countries[number])
        }
        for (number, name) in WeatherCodes.names.enumerated() {
            compare(name, store.weathers[number], expected.weathers[number], unnamed.weathers[number])
        }
        if !sentences.isEmpty { result.findings.append(Finding(.sums, leg, sentences: sentences)) }
    }
}
