/// The result of a run, as a text for people and as one JSON object for machines.
struct LoadReport {
    let settings: LoadSettings
    let tally: LoadTally
    let end: LoadRun.End
    /// Nanoseconds from the start until nothing more was begun, and until the end.
    let sending: Int64
    let elapsed: Int64
    let cpu: Int64
    /// Requests that were meant to be sent and never were.
    let missed: Int

    init(_ run: LoadRun, _ end: LoadRun.End) {
        settings = run.settings
        tally = run.tally
        self.end = end
        elapsed = run.finished - run.start
        sending = (run.ended ?? run.finished) - run.start
        cpu = run.cpu
        missed = run.missed
    }

    /// Behind its schedule by more than this a generator says so: 10 ms, more than a scheduler's usual jitter.
    static let latenessToTell: Int64 = 10_000_000

    private var seconds: Double { max(Double(elapsed) / 1e9, 1e-9) }
    private var cpuShare: Double { Double(cpu) / Double(max(elapsed, 1)) }
    private var isOpenLoop: Bool { settings.rate != .max }

    /// Whether and why less was sent, or later, than asked; nil when the generator kept up.
    var fellBehind: String? {
        guard isOpenLoop, tally.latenessMax > Self.latenessToTell || missed > 0 else { return nil }
        var text = "The generator fell behind by up to \(duration(nanoseconds: tally.latenessMax))"
        if missed > 0 { text += " and never sent \(grouped(missed)) requests" }
        if tally.ownLatenessMax > Self.latenessToTell {
            text += ": its own thread was late by up to \(duration(nanoseconds: tally.ownLatenessMax))"
            if cpuShare > 0.8 { text += " (it used \(decimal(cpuShare * 100, digits: 0)) % of a core)" }
            if tally.waitedForConnection > 0 { text += ", and" }
        } else if tally.waitedForConnection > 0 {
            text += ":"
        }
        if tally.waitedForConnection > 0 {
            let waited = grouped(tally.waitedForConnection)
            text += " \(waited) requests found none of the \(settings.connections) connections free"
        }
        return text + "."
    }

    var text: String {
        var lines = [String]()
        if end == .interrupted { lines.append("Interrupted; this is what was done until then.") }
        let load = isOpenLoop ? "\(settings.rate) tweets/s asked" : "as fast as possible"
        lines.append(
            "\(grouped(tally.requests)) requests, \(grouped(tally.tweets)) tweets in \(duration(nanoseconds: elapsed))"
                + " (\(load), \(settings.connections) connections, \(settings.batch) a request)")
        lines.append("")
        lines.append("outcome            requests        tweets      tweets/s")
        for outcome in Outcome.allCases where tally[outcome] != LoadTally.Count() {
            let count = tally[outcome]
            let name = outcome.rawValue + String(repeating: " ", count: 13 - outcome.rawValue.count)
            lines.append(
                name + padded(grouped(count.requests), to: 14) + padded(grouped(count.tweets), to: 14)
                    + padded(grouped(Int(Double(count.tweets) / seconds)), to: 14))
        }
        for (reason, count) in tally.reasons.sorted(by: { $0.value > $1.value }).prefix(8) {
            lines.append("  \(grouped(count)) x \(reason)")
        }
        lines += ["", latencyLine("latency", tally.latency)]
        if isOpenLoop { lines.append(latencyLine("service", tally.service)) }
        if tally.retries > 0 { lines.append("\(grouped(tally.retries)) attempts were repetitions.") }
        if tally.connectFailures > 0, let error = tally.lastConnectError {
            lines.append("\(grouped(tally.connectFailures)) times no connection was made, last: \(error).")
        }
        lines.append(
            "generator: \(decimal(cpuShare * 100, digits: 0)) % of a core,"
                + " \(decimal(Double(cpu) / 1e3 / Double(max(tally.requests, 1)), digits: 1)) µs CPU a request")
        if let fellBehind { lines.append(fellBehind) }
        if let ledger = settings.ledger { lines.append("ledger: \(ledger)") }
        return lines.joined(separator: "\n") + "\n"
    }

    private func latencyLine(_ name: String, _ histogram: LatencyHistogram) -> String {
        guard histogram.count > 0 else { return "\(name): nothing was measured" }
        let shares: [(String, Double)] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)]
        let quantiles = shares.map { "\($0.0) \(duration(nanoseconds: histogram.quantile($0.1)))" }
        return "\(name): \(quantiles.joined(separator: ", ")), max \(duration(nanoseconds: histogram.max))"
    }

    /// One line; the names are part of the interface (docs/load.md).
    var json: String {
        var object = JSONObjectText()
        object.add("end", endName)
        object.add("target", settings.target)
        object.add("rate_asked", "\(settings.rate)")
        object.add("connections", settings.connections)
        object.add("batch", settings.batch)
        object.add("seconds", seconds)
        object.add("requests", tally.requests)
        object.add("tweets", tally.tweets)
        object.add("requests_per_second", Double(tally.requests) / seconds)
        object.add("stored_tweets_per_second", Double(tally.storedTweets) / seconds)
        var outcomes = JSONObjectText()
        for outcome in Outcome.allCases {
            var count = JSONObjectText()
            count.add("requests", tally[outcome].requests)
            count.add("tweets", tally[outcome].tweets)
            outcomes.add(outcome.rawValue, count)
        }
        object.add("outcomes", outcomes)
        var reasons = JSONObjectText()
        for (reason, count) in tally.reasons.sorted(by: { $0.key < $1.key }) { reasons.add(reason, count) }
        object.add("reasons", reasons)
        object.add("latency_ms", quantiles(tally.latency))
        object.add("service_ms", quantiles(tally.service))
        object.add("retries", tally.retries)
        object.add("connects", tally.connects)
        object.add("connect_failures", tally.connectFailures)
        object.add("bytes_sent", tally.bytesSent)
        object.add("generator", generator)
        return String(decoding: object.finished, as: UTF8.self) + "\n"
    }

    private var generator: JSONObjectText {
        var object = JSONObjectText()
        object.add("cpu_seconds", Double(cpu) / 1e9)
        object.add("cpu_share", cpuShare)
        object.add("fell_behind", fellBehind != nil)
        object.add("lateness_max_ms", isOpenLoop ? Double(tally.latenessMax) / 1e6 : 0)
        object.add("own_lateness_max_ms", isOpenLoop ? Double(tally.ownLatenessMax) / 1e6 : 0)
        object.add("waited_for_connection", isOpenLoop ? tally.waitedForConnection : 0)
        object.add("requests_never_sent", missed)
        return object
    }

    private var endName: String {
        switch end {
        case .complete: "complete"
        case .interrupted: "interrupted"
        case .unreachable: "unreachable"
        case .ledgerFailed: "ledger_failed"
        }
    }

    private func quantiles(_ histogram: LatencyHistogram) -> JSONObjectText {
        var object = JSONObjectText()
        func milliseconds(_ value: Int64) -> Double { Double(value) / 1e6 }
        object.add("p50", milliseconds(histogram.quantile(0.5)))
        object.add("p90", milliseconds(histogram.quantile(0.9)))
        object.add("p99", milliseconds(histogram.quantile(0.99)))
        object.add("p99_9", milliseconds(histogram.quantile(0.999)))
        object.add("max", milliseconds(histogram.max))
        object.add("mean", histogram.mean / 1e6)
        object.add("count", Int(histogram.count))
        return object
    }
}
