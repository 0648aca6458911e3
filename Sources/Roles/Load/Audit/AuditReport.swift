/// An audit for people and for machines.
struct AuditReport {
    let claims: Claims
    let result: AuditResult
    let isExclusive: Bool

    var text: String {
        var lines = [
            "ledger: \(grouped(claims.requests)) requests in \(claims.runs) \(claims.runs == 1 ? "run" : "runs")"
        ]
        var parts = ["\(grouped(claims.storedTweets)) tweets stored", "\(grouped(claims.refusedTweets)) refused"]
        parts.append("\(grouped(claims.unknownTweets)) with unknown outcome")
        lines.append("        " + parts.joined(separator: ", "))
        for leg in AuditedLeg.allCases {
            guard let numbers = result.numbers[leg] else { continue }
            let name = leg.rawValue + ":" + String(repeating: " ", count: 10 - leg.rawValue.count)
            var line = "\(name)\(grouped(numbers.counted)) of them counted, \(grouped(numbers.total)) in all"
            if numbers.pending > 0 { line += ", \(grouped(numbers.pending)) waiting" }
            if numbers.deadLetters > 0 { line += ", \(grouped(numbers.deadLetters)) dead letters" }
            if numbers.unknownCounted > 0 { line += ", \(grouped(numbers.unknownCounted)) of the unknown ones too" }
            lines.append(line)
        }
        if !isExclusive { lines.append("phantoms and sums were not looked for: others wrote to the stores too") }
        lines += result.notes
        for finding in result.findings { lines += Self.lines(finding) }
        if isExclusive, result.findings.contains(where: { $0.kind == .phantom }) {
            lines.append("(if something else posted too, give every ledger, or --exclusive=false)")
        }
        lines += result.unchecked.map { "not checked: \($0)" }
        lines.append(closing)
        return lines.joined(separator: "\n") + "\n"
    }

    private var closing: String {
        switch result.verdict {
        case .holds:
            "Holds: every stored tweet is counted exactly once in both stores"
                + (isExclusive ? ", and nothing else is." : ".")
        case .violated: "VIOLATED: \(summary)."
        case .unchecked: "Not decided: nothing wrong was found, but not everything could be checked."
        }
    }

    /// How many of each kind, over both legs.
    private var summary: String {
        FindingKind.allCases.compactMap { kind in
            let count = result.findings.filter { $0.kind == kind }.reduce(0) { $0 + $1.count }
            return count == 0 ? nil : "\(grouped(count)) \(kind.rawValue)"
        }.joined(separator: ", ")
    }

    private static func lines(_ finding: Finding) -> [String] {
        let place = finding.leg.map { " (\($0.rawValue))" } ?? ""
        var lines = ["\(finding.kind.rawValue)\(place): \(grouped(finding.count)), \(meaning(finding.kind))"]
        lines += finding.examples.map { "  \($0)" }
        if finding.count > finding.examples.count {
            lines.append("  … \(grouped(finding.count - finding.examples.count)) more")
        }
        return lines
    }

    private static func meaning(_ kind: FindingKind) -> String {
        switch kind {
        case .lost: "answered as stored, not counted, not waiting"
        case .doubled: "counted more than once"
        case .phantom: "counted, in no ledger"
        case .refused: "refused, and counted"
        case .unequal: "outcome unknown, counted behind this leg only"
        case .reissued: "ids given to more than one tweet"
        case .torn: "traces of the same store contradict each other"
        case .sums: "counts do not add up"
        }
    }

    /// One line; the names are part of the interface (docs/load.md).
    var json: String {
        var object = JSONObjectText()
        object.add("verdict", result.verdict.rawValue)
        object.add("exclusive", isExclusive)
        var ledger = JSONObjectText()
        ledger.add("runs", claims.runs)
        ledger.add("requests", claims.requests)
        ledger.add("stored", claims.storedTweets)
        ledger.add("refused", claims.refusedTweets)
        ledger.add("unknown", claims.unknownTweets)
        object.add("ledger", ledger)
        var legs = JSONObjectText()
        for leg in AuditedLeg.allCases {
            guard let numbers = result.numbers[leg] else { continue }
            var entry = JSONObjectText()
            entry.add("total", numbers.total)
            entry.add("counted", numbers.counted)
            entry.add("pending", numbers.pending)
            entry.add("dead_letters", numbers.deadLetters)
            entry.add("unknown_counted", numbers.unknownCounted)
            legs.add(leg.rawValue, entry)
        }
        object.add("legs", legs)
        object.add("findings", result.findings.map(Self.object))
        object.add("unchecked", result.unchecked)
        object.add("notes", result.notes)
        return String(decoding: object.finished, as: UTF8.self) + "\n"
    }

    private static func object(_ finding: Finding) -> JSONObjectText {
        var object = JSONObjectText()
        object.add("kind", finding.kind.rawValue)
        if let leg = finding.leg { object.add("leg", leg.rawValue) }
        object.add("count", finding.count)
        object.add("examples", finding.examples)
        return object
    }
}
