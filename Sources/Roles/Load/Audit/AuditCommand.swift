import Glibc
import Lifecycle

/// What `weather-tweets audit` is asked to do. Every property has the default that the command has.
package struct AuditSettings: Sendable, Equatable {
    /// The ledgers of all runs that wrote to the stores; at least one.
    package var ledgers: [String] = []
    /// The data folder of the pipeline.
    package var data = ""
    /// How long tweets that still wait in a leg are waited for.
    package var wait: Duration = .seconds(30)
    /// Nothing but the ledgers' runs wrote to the stores. Without, phantoms and sums are not looked for.
    package var exclusive = true
    /// No word about waiting.
    package var quiet = false
    /// The report as one JSON object.
    package var json = false

    package init() {}
}

/// Runs `weather-tweets audit`: blocks until the verdict.
///
/// - Parameter isStopped: asked every 100 ms while waiting; true ends the command (Ctrl-C) without a verdict.
/// - Returns: 0 when every promise holds, 1 when one is broken, 2 when it could not be checked (a ledger or a store
///   that cannot be read, tweets that still wait), 64 when the settings cannot be used, 130 when it was stopped.
package func runAudit(
    _ settings: AuditSettings, console: Console = .standard, isStopped: @escaping @Sendable () -> Bool
) -> Int32 {
    guard !settings.ledgers.isEmpty, !settings.data.isEmpty else {
        console.progress("audit: needs a ledger and a data folder\n")
        return LoadExit.usage
    }
    let claims: Claims
    let result: AuditResult
    do {
        claims = try readClaims(settings.ledgers)
        guard let found = try check(claims, settings, console, isStopped) else { return LoadExit.interrupted }
        result = found
    } catch {
        console.progress("audit: \(error)\n")
        return LoadExit.unchecked
    }
    let report = AuditReport(claims: claims, result: result, isExclusive: settings.exclusive)
    console.report(settings.json ? report.json : report.text)
    switch result.verdict {
    case .holds: return LoadExit.success
    case .violated: return LoadExit.failure
    case .unchecked: return LoadExit.unchecked
    }
}

private func readClaims(_ paths: [String]) throws(LedgerError) -> Claims {
    var claims = Claims()
    for path in paths { try claims.add(path) }
    claims.seal()
    guard claims.requests > 0 else { throw LedgerError(path: paths[0], line: 0, problem: "no request in it") }
    return claims
}

/// What one store has and the other lacks, though nothing waits, may be on its way in a process that still runs: 5 s
/// are several tries of a dispatcher to bring it there.
private let onItsWay = Duration.seconds(5)

/// Looks until the legs agree or the time is over; nil when it was stopped.
private func check(
    _ claims: Claims, _ settings: AuditSettings, _ console: Console, _ isStopped: () -> Bool
) throws(AuditError) -> AuditResult? {
    let reader = DataFolderReader(folder: settings.data)
    let deadline = Clock.monotonic() + settings.wait.inNanoseconds
    var patience: Int64?
    while true {
        guard try waitForDrain(reader, until: deadline, settings, console, isStopped) else { return nil }
        let before = try reader.position()
        var facts: [AuditedLeg: (leg: LegFacts, store: StoreFacts)] = [:]
        for leg in AuditedLeg.allCases { facts[leg] = try reader.read(leg) }
        let isMoving = try reader.position() != before
        let checker = Checker(claims: claims, facts: facts, isExclusive: settings.exclusive, isMoving: isMoving)
        let result = checker.check()
        let now = Clock.monotonic()
        let end = patience ?? min(deadline, now + onItsWay.inNanoseconds)
        patience = end
        guard result.isOneSided, now < end else { return result }
        guard !isStopped() else { return nil }
        Clock.sleep(nanoseconds: 100_000_000)
    }
}

/// Waits until nothing waits in the legs or the time is over; false when it was stopped.
private func waitForDrain(
    _ reader: DataFolderReader, until deadline: Int64, _ settings: AuditSettings, _ console: Console,
    _ isStopped: () -> Bool
) throws(AuditError) -> Bool {
    var wasTold = false
    while try !reader.isDrained() {
        guard !isStopped() else { return false }
        guard Clock.monotonic() < deadline else { return true }
        if !wasTold, !settings.quiet {
            let limit = duration(nanoseconds: settings.wait.inNanoseconds)
            console.progress("audit: tweets still wait in a leg; waiting up to \(limit)\n")
            wasTold = true
        }
        Clock.sleep(nanoseconds: 100_000_000)
    }
    return true
}
