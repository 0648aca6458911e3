/// How far a run is: a line that is rewritten each second on a terminal, a line each 10 s elsewhere, nothing when
/// quiet.
struct LoadProgress {
    private let console: Console
    private let isQuiet: Bool
    private var nextAt: Int64
    private var last: (time: Int64, stored: Int, requests: Int)
    private var isLineOpen = false

    init(_ console: Console, isQuiet: Bool, start: Int64) {
        self.console = console
        self.isQuiet = isQuiet
        last = (start, 0, 0)
        nextAt = start + (console.isTerminal ? 1_000_000_000 : 10_000_000_000)
    }

    mutating func tick(_ run: LoadRun, _ now: Int64) {
        guard !isQuiet, now >= nextAt else { return }
        let interval: Int64 = console.isTerminal ? 1_000_000_000 : 10_000_000_000
        nextAt = max(nextAt + interval, now)
        let line = line(run, now)
        last = (now, run.tally.storedTweets, run.tally.requests)
        // Carriage return, the line, and what is left of a longer one erased.
        console.progress(console.isTerminal ? "\r\(line)\u{1b}[K" : line + "\n")
        isLineOpen = console.isTerminal
    }

    /// At most 80 columns.
    private func line(_ run: LoadRun, _ now: Int64) -> String {
        let seconds = max(Double(now - last.time) / 1e9, 1e-9)
        let tweets = Int(Double(run.tally.storedTweets - last.stored) / seconds)
        let refused = run.tally[.rejected].requests + run.tally[.unavailable].requests
        var line = "\(decimal(Double(now - run.start) / 1e9, digits: 0)) s  \(grouped(tweets)) stored/s"
        line += "  p99 \(duration(nanoseconds: run.tally.latency.quantile(0.99)))"
        line += "  \(grouped(run.tally.storedTweets)) stored"
        if refused > 0 { line += "  \(grouped(refused)) refused" }
        if run.tally[.unknown].requests > 0 { line += "  \(grouped(run.tally[.unknown].requests)) unknown" }
        return String(line.prefix(79))
    }

    /// Leaves the line, so that the report begins on its own.
    mutating func finish() {
        if isLineOpen { console.progress("\n") }
        isLineOpen = false
    }
}
