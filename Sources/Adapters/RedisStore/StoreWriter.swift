import Lifecycle
import Pipeline
import RESP
import Telemetry
import Tweets

/// The thread of a store that counts, one batch after the other.
struct StoreWriter: ~Copyable {
    private var link: Link
    private let settings: RedisStoreSettings
    private let log: Log
    private var failures = 0
    /// Of `Monotonic`: when old minutes are added up again.
    private var nextFold = Monotonic.now

    /// The server must have changed its mind so often about one batch; then the caller tries again.
    private static let attemptsMax = 16

    /// Connects. A server that is away is waited for later; one that will never do is an error.
    init(_ settings: RedisStoreSettings, _ log: Log) throws {
        (self.settings, self.log) = (settings, log)
        link = Link(settings, script: CountScript.text, isWriter: true)
        do throws(StoreTrouble) {
            try link.open()
            tell()
        } catch {
            if error.isRefusal { throw RedisStoreError(description: error.words) }
            note(error)
        }
    }

    /// What is known of the server; nil before the first connection.
    var facts: ServerFacts? { link.facts }

    mutating func work(_ work: [RedisStore.Work]) {
        for item in work { item.done(apply(item.batch)) }
    }

    private mutating func apply(_ batch: CountBatch) -> Applied {
        do throws(StoreTrouble) {
            let answer = try count(batch)
            if failures > 0 { tell() }
            failures = 0
            return answer
        } catch {
            note(error)
            return .unavailable(error.words)
        }
    }

    /// Every script compares the offset, and the last one alone moves it: a log is read from where a delivery begins,
    /// and what of a torn batch was counted is seen when it is applied again.
    private mutating func count(_ batch: CountBatch) throws(StoreTrouble) -> Applied {
        let count = batch.columns.count
        var portions = stride(from: 0, to: max(1, count), by: settings.tweetsPerScript).map {
            Portion(batch.columns, $0..<min($0 + settings.tweetsPerScript, count))
        }
        for isLast in [false, true] {
            var pending = isLast ? [portions.count - 1] : Array(0..<portions.count - 1)
            var attempt = 0
            while !pending.isEmpty {
                attempt += 1
                guard attempt <= Self.attemptsMax else { throw StoreTrouble(words: "others count the same tweets") }
                if let offset = try run(&portions, &pending, batch, isLast: isLast) { return .elsewhere(offset) }
            }
        }
        foldMinutes()
        return .counted(portions.flatMap(\.isNew))
    }

    /// Runs the scripts of some portions, all sent at once, and takes those off that are counted.
    ///
    /// - Returns: where the store stands, when it is not where the batch begins.
    private mutating func run(
        _ portions: inout [Portion], _ pending: inout [Int], _ batch: CountBatch, isLast: Bool
    ) throws(StoreTrouble) -> Offset? {
        try link.open()
        var commands: [Command] = []
        for place in pending {
            let hasNew = isLast && portions.contains { $0.newCount > 0 }
            commands.append(
                portions[place].command(
                    script: link.script, first: batch.offsets?.lowerBound,
                    next: isLast ? batch.offsets?.upperBound : nil, recent: hasNew ? batch.recent : [],
                    expiry: settings.expiry))
        }
        let replies = try link.send(commands)
        var left: [Int] = []
        var mustLoad = false
        for (place, reply) in zip(pending, replies) {
            if case .error(let message) = reply {
                guard message.hasPrefix("NOSCRIPT") else { throw failed(message) }
                mustLoad = true
                left.append(place)
                continue
            }
            switch CountScript.Answer(reply) {
            case .counted?: continue
            case .elsewhere(let offset)?: return offset
            case .seen(let found)? where portions[place].learn(found): left.append(place)
            default: throw StoreTrouble(words: "an answer that does not fit the script")
            }
        }
        if mustLoad { try link.loadScript() }
        pending = left
        return nil
    }

    private mutating func failed(_ message: String) -> StoreTrouble {
        let trouble = Link.trouble(message)
        // The name of the server may lead to another one by now, or our rights may have been changed.
        if trouble.isRefusal || message.hasPrefix("READONLY") { link.drop() }
        return trouble
    }

    /// Once an hour. When it fails it is done an hour later: the sum is the same.
    private mutating func foldMinutes() {
        guard Monotonic.now >= nextFold else { return }
        nextFold = Monotonic.now + Duration.seconds(3600).inNanoseconds
        let oldest = Int64(WallTime.now().milliseconds) / 60_000 - settings.minutesKept.components.seconds / 60
        _ = try? link.send([CountScript.foldCommand(before: oldest)])
    }

    // MARK: the log

    /// Once each time it begins to fail.
    private mutating func note(_ trouble: StoreTrouble) {
        failures += 1
        guard failures == 1 else { return }
        log.error("store unavailable", ["server": .string("\(settings.address)"), "error": .string(trouble.words)])
    }

    private func tell() {
        guard let facts = link.facts else { return }
        log.info(
            "store available",
            [
                "server": .string("\(facts.product) \(facts.version) at \(settings.address)"),
                "appendfsync": .string(facts.fsync ?? (facts.hasAppendOnlyFile ? "unknown" : "off")),
                "failures": .int(failures),
            ])
    }
}
