import Glibc

/// The exit codes of this room's commands.
package enum LoadExit {
    /// Done; of `audit`: everything holds.
    package static let success: Int32 = 0
    /// Of `load`: it could not be done (nothing listens, the ledger cannot be written). Of `audit`: a promise is
    /// broken.
    package static let failure: Int32 = 1
    /// Of `audit`: it could not be checked.
    package static let unchecked: Int32 = 2
    /// Settings that cannot be used; the code of the whole program for that.
    package static let usage: Int32 = 64
    /// Ended early by Ctrl-C, as a shell says it.
    package static let interrupted: Int32 = 130
}

/// Runs `weather-tweets load`: blocks until it is done. On a thread of its own or the main thread.
///
/// - Parameters:
///   - isStopped: asked every 10 ms; true ends the run early (Ctrl-C): nothing more is sent, answers that are out are
///     waited for up to 2 s, and the full report comes.
/// - Returns: 0 when the run was done, whatever was answered; 1 when nothing could be reached in 3 s, or a file cannot
///   be read or written; 64 when the settings cannot be used; 130 when it was ended early.
package func runLoad(
    _ settings: LoadSettings, console: Console = .standard, isStopped: @escaping @Sendable () -> Bool
) -> Int32 {
    let run: LoadRun
    do {
        run = try makeRun(settings)
    } catch {
        console.progress("load: \(error.message)\n")
        return error.exit
    }
    var progress = LoadProgress(console, isQuiet: settings.quiet, start: run.start)
    let end = run.run(isStopped: isStopped) { run, now in progress.tick(run, now) }
    progress.finish()
    let report = LoadReport(run, end)
    if end == .unreachable {
        let error = run.tally.lastConnectError.map { ": \($0)" } ?? ""
        console.progress("load: nothing answers at \(settings.target)\(error)\n")
    } else if case .ledgerFailed(let error) = end {
        console.progress("load: cannot write \(settings.ledger ?? ""): \(SocketError(errno: error))\n")
    }
    console.report(settings.json ? report.json : report.text)
    switch end {
    case .complete: return LoadExit.success
    case .interrupted: return LoadExit.interrupted
    case .unreachable, .ledgerFailed: return LoadExit.failure
    }
}

private struct SetUpError: Error {
    let message: String
    var exit = LoadExit.failure
}

/// Checks the settings whole and opens what they name.
private func makeRun(_ settings: LoadSettings) throws(SetUpError) -> LoadRun {
    let problems = settings.problems
    guard problems.isEmpty, let target = HTTPTarget(settings.target) else {
        throw SetUpError(message: problems.joined(separator: "\nload: "), exit: LoadExit.usage)
    }
    let token = try readToken(settings.tokenFile)
    let pool = try readPool(settings)
    var ledger: LedgerWriter?
    if let path = settings.ledger {
        guard let writer = LedgerWriter(path: path) else {
            throw SetUpError(message: "cannot write \(path): \(SocketError(errno: errno))")
        }
        ledger = writer
    }
    do {
        return try LoadRun(settings, target, pool: pool, token: token, ledger: ledger)
    } catch {
        throw SetUpError(message: "\(error)")
    }
}

/// The file's text without white space around it.
private func readToken(_ path: String?) throws(SetUpError) -> String? {
    guard let path else { return nil }
    guard let bytes = File.content(path, bytesMax: 8192) else {
        throw SetUpError(message: "cannot read \(path): \(SocketError(errno: errno))")
    }
    let text = bytes.split(whereSeparator: { $0 <= 32 })
    guard text.count == 1, let token = text.first, token.allSatisfy({ $0 > 32 && $0 < 127 }) else {
        throw SetUpError(message: "\(path): must hold one token")
    }
    return String(decoding: token, as: UTF8.self)
}

private func readPool(_ settings: LoadSettings) throws(SetUpError) -> TweetPool {
    guard let path = settings.dataFile else { return .made(seed: settings.seed, ndjson: settings.ndjson) }
    guard let bytes = File.content(path, bytesMax: DataFile.bytesMax) else {
        throw SetUpError(message: "cannot read \(path): \(SocketError(errno: errno))")
    }
    do {
        return try DataFile.read(bytes, ndjson: settings.ndjson)
    } catch {
        throw SetUpError(message: "\(path): byte \(error.offset): expected \(error.expected)")
    }
}
