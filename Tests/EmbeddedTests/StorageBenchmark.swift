import Embedded
import Foundation
import Pipeline
import Synchronization
import TestKit
import Testing
import Tweets

/// Figures, not a check:
/// `STORAGE_BENCHMARK=all swift test -c release -Xswiftc -enable-testing --filter StorageBenchmark`.
///
/// `STORAGE_BENCHMARK` is `all`, `legs` (both legs with their stores at full speed), `commits` (64 tweets a commit),
/// `paced` (64 tweets every 5 ms to both legs: how long until both have stored them) or `backlog` (a consumer far
/// behind). `STORAGE_PAGE`, `STORAGE_CHECKPOINT`, `STORAGE_MEMORY` (MiB), `STORAGE_SECONDS` change what they say,
/// `TMPDIR` says on which disk.
@Suite(.serialized)
struct StorageBenchmark {
    private let seconds = number("SECONDS") ?? 10
    private static let wanted = ProcessInfo.processInfo.environment["STORAGE_BENCHMARK"] ?? ""

    private var settings: LegSettings {
        var settings = legSettings()
        settings.storage = storage(legSettings().storage)
        if let memory = Self.number("MEMORY") { settings.memoryBytesMax = memory << 20 }
        return settings
    }

    private func storage(_ options: StorageOptions) -> StorageOptions {
        var options = options
        if let page = Self.number("PAGE") { options.pageSize = page }
        if let pages = Self.number("CHECKPOINT") { options.checkpointPages = pages }
        return options
    }

    @Test(.enabled(if: ["all", "legs"].contains(wanted))) func legsAtFullSpeed() async throws {
        for (kafka, rabbitmq) in [(true, false), (false, true), (true, true)] {
            let folder = try Folder()
            let end = ContinuousClock.now + .seconds(seconds)
            var done: [Run] = []
            let settings = settings
            try await withThrowingTaskGroup(of: Run.self) { group in
                if kafka { group.addTask { try await run("kafka", log: true, folder, settings, until: end) } }
                if rabbitmq { group.addTask { try await run("rabbitmq", log: false, folder, settings, until: end) } }
                for try await run in group { done.append(run) }
            }
            for run in done { print(run.text) }
        }
    }

    /// What one leg did.
    struct Run: Sendable {
        var name: String
        var counted = 0
        var seconds = 0.0
        var published: [Double] = []
        var usage = ""

        var text: String {
            let sorted = published.sorted()
            func at(_ part: Double) -> String {
                sorted.isEmpty ? "-" : String(format: "%.1f", sorted[Int(Double(sorted.count - 1) * part)] * 1000)
            }
            let rate = Int(Double(counted) / seconds)
            return "\(name): \(rate) tweets/s counted, publish ms p50 \(at(0.5)) p99 \(at(0.99)) max \(at(1))\n\(usage)"
        }
    }

    /// Four publishes of 5,000 tweets in flight; one consumer that counts and settles.
    private func run(
        _ name: String, log isLog: Bool, _ folder: Folder, _ settings: LegSettings, until end: ContinuousClock.Instant
    ) async throws -> Run {
        let part = isLog ? try EmbeddedLog.open(folder, settings).part : try EmbeddedQueue.open(folder, settings).part
        let store = try EmbeddedStore.open(folder, name + "-counts", change: { $0.storage = storage($0.storage) }).part
        var samples = Samples(session: isLog ? 1 : 2)
        samples.size = 200
        let (fixed, start, usage) = (samples, ContinuousClock.now, Usage())
        let batch = samples.batch(0..<5000)
        let published = Count()
        return try await withThrowingTaskGroup(of: Run.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var run = Run(name: name)
                    while ContinuousClock.now < end {
                        let begin = ContinuousClock.now
                        try await part.store(batch)
                        run.published.append((ContinuousClock.now - begin) / .seconds(1))
                        published.value.add(5000, ordering: .relaxed)
                    }
                    return run
                }
            }
            group.addTask {
                var (run, next) = (Run(name: name), Offset(0))
                while ContinuousClock.now < end || run.counted < published.value.load(ordering: .relaxed) {
                    let delivery = try await part.receive(from: next, upTo: 20_000)
                    let numbers = run.counted..<run.counted + delivery.count
                    let batch = fixed.countBatch(numbers, offsets: isLog ? delivery.first..<delivery.next : nil)
                    run.counted += try await store.count(batch)
                    try await part.settle(delivery)
                    next = delivery.next
                }
                return run
            }
            var sum = Run(name: name)
            for try await run in group {
                sum.counted += run.counted
                sum.published += run.published
            }
            sum.seconds = (ContinuousClock.now - start) / .seconds(1)
            sum.usage = usage.text(tweets: sum.counted)
            await part.close()
            await store.close()
            return sum
        }
    }

    @Test(.enabled(if: ["all", "commits"].contains(wanted))) func commitsOfSixtyFour() async throws {
        for isLog in [true, false] {
            let folder = try Folder()
            let part =
                isLog ? try EmbeddedLog.open(folder, settings).part : try EmbeddedQueue.open(folder, settings).part
            var samples = Samples()
            samples.size = 200
            let batch = samples.batch(0..<64)
            var run = Run(name: isLog ? "kafka, 64 a commit" : "rabbitmq, 64 a commit")
            let (usage, start) = (Usage(), ContinuousClock.now)
            var next: Offset = 0
            while ContinuousClock.now < start + .seconds(seconds) {
                let begin = ContinuousClock.now
                try await part.store(batch)
                run.published.append((ContinuousClock.now - begin) / .seconds(1))
                let delivery = try await part.receive(from: next, upTo: 64)
                let isSettled = Answer<Bool>()
                part.source.settle(delivery, isSettled.done)
                next = delivery.next
                run.counted += 64
            }
            run.seconds = (ContinuousClock.now - start) / .seconds(1)
            run.usage = usage.text(tweets: run.counted)
            print(run.text)
            await part.close()
        }
    }

    @Test(.enabled(if: ["all", "paced"].contains(wanted))) func sixtyFourEveryFiveMilliseconds() async throws {
        let folder = try Folder()
        let parts = [try EmbeddedLog.open(folder, settings).part, try EmbeddedQueue.open(folder, settings).part]
        let stores = try ["kafka", "rabbitmq"].map {
            try EmbeddedStore.open(folder, $0 + "-counts", change: { $0.storage = storage($0.storage) }).part
        }
        var samples = Samples()
        samples.size = 200
        let (fixed, batch, seconds) = (samples, samples.batch(0..<64), seconds)
        var run = Run(name: "paced, both legs")
        let (usage, start) = (Usage(), ContinuousClock.now)
        let steps = seconds * 200
        run.published = try await withThrowingTaskGroup(of: [Double].self) { group in
            for (part, store) in zip(parts, stores) {
                group.addTask {
                    var (counted, next) = (0, Offset(0))
                    while counted < steps * 64 {
                        let delivery = try await part.receive(from: next, upTo: 5000)
                        let numbers = counted..<counted + delivery.count
                        let offsets = part.isLog ? delivery.first..<delivery.next : nil
                        counted += try await store.count(fixed.countBatch(numbers, offsets: offsets))
                        try await part.settle(delivery)
                        next = delivery.next
                    }
                    return []
                }
            }
            for step in 0..<steps {
                let due = start + .milliseconds(5 * step)
                try await Task.sleep(until: due)
                group.addTask {
                    async let one: Void = parts[0].store(batch)
                    async let two: Void = parts[1].store(batch)
                    _ = try await (one, two)
                    return [(ContinuousClock.now - due) / .seconds(1)]
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        run.counted = steps * 64
        run.seconds = (ContinuousClock.now - start) / .seconds(1)
        run.usage = usage.text(tweets: run.counted)
        print(run.text)
        for part in parts { await part.close() }
        for store in stores { await store.close() }
    }

    @Test(.enabled(if: ["all", "backlog"].contains(wanted))) func aBacklogIsDrained() async throws {
        for isLog in [true, false] {
            let folder = try Folder()
            let part =
                isLog ? try EmbeddedLog.open(folder, settings).part : try EmbeddedQueue.open(folder, settings).part
            var samples = Samples()
            samples.size = 200
            let batch = samples.batch(0..<5000)
            for _ in 0..<200 { try await part.store(batch) }
            let (usage, start) = (Usage(), ContinuousClock.now)
            _ = try await part.read(1_000_000, upTo: 20_000)
            var run = Run(name: isLog ? "kafka, backlog" : "rabbitmq, backlog")
            run.counted = 1_000_000
            run.seconds = (ContinuousClock.now - start) / .seconds(1)
            run.usage = usage.text(tweets: run.counted)
            print(run.text)
            await part.close()
        }
    }

    static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment["STORAGE_\(name)"].flatMap { Int($0) }
    }
}

private final class Count: Sendable { let value = Atomic<Int>(0) }

/// Processor time of the threads by name, and bytes written, since it was made.
private struct Usage {
    private let start = ContinuousClock.now
    private let threads = Self.threads()
    private let written = Self.written()

    func text(tweets: Int) -> String {
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let now = Self.threads()
        var byName: [String: Int] = [:]
        for (id, thread) in now { byName[thread.name, default: 0] += thread.ticks - (threads[id]?.ticks ?? 0) }
        let names = byName.filter { $0.value > 0 }.sorted { $0.value > $1.value }.map {
            "\($0.key) \(String(format: "%.2f", Double($0.value) / 100 / seconds))"
        }
        let megabytes = Double(Self.written() - written) / 1e6
        let perTweet = megabytes * 1e6 / Double(max(1, tweets))
        return String(
            format: "  %.0f MB written, %.0f MB/s, %.0f bytes a tweet; cores: ", megabytes, megabytes / seconds,
            perTweet)
            + names.joined(separator: ", ")
    }

    private static func threads() -> [String: (name: String, ticks: Int)] {
        var found: [String: (name: String, ticks: Int)] = [:]
        for id in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? [] {
            guard let stat = try? String(contentsOfFile: "/proc/self/task/\(id)/stat", encoding: .utf8),
                let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")")
            else { continue }
            let fields = stat[close...].split(separator: " ")
            found[id] = (String(stat[stat.index(after: open)..<close]), (Int(fields[12]) ?? 0) + (Int(fields[13]) ?? 0))
        }
        return found
    }

    private static func written() -> Int {
        let io = (try? String(contentsOfFile: "/proc/self/io", encoding: .utf8)) ?? ""
        let line = io.split(separator: "\n").first { $0.hasPrefix("write_bytes") }
        return line?.split(separator: " ").last.flatMap { Int($0) } ?? 0
    }
}
