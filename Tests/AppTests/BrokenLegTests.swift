import Foundation
import HTTP
import Lifecycle
import Load
import Pipeline
import SQLite
import Settings
import Synchronization
import Telemetry
import Testing
import Tweets

@testable import WeatherTweets

/// The whole pipeline over HTTP with one leg that is broken on purpose: `audit` must see it and name the tweets.
@Suite struct BrokenLegTests {
    private static let log = Log("test", to: LogSink(minimum: .error, format: .text))

    @Test func aSoundPipelineHolds() async throws {
        let (code, report) = try await verdict { $1 }
        #expect(code == 0, "\(report)")
        #expect(report.contains("2,000 of them counted"), "\(report)")
    }

    @Test(arguments: LegName.allCases) func aLegThatDropsABatchLosesTweets(_ broken: LegName) async throws {
        let (code, report) = try await verdict { $0 == broken ? DroppingLeg(leg: $1) : $1 }
        #expect(code == 1)
        #expect(report.contains("lost (\(broken.rawValue)): "), "\(report)")
    }

    @Test func aLegThatInventsATweetHasAPhantom() async throws {
        let invented = TweetID(session: 0xdead, sequence: 7)
        let (code, report) = try await verdict { $0 == .rabbitmq ? InventingLeg(leg: $1, id: invented) : $1 }
        #expect(code == 1)
        #expect(report.contains("phantom (rabbitmq): "), "\(report)")
        #expect(report.contains("\(invented)"), "\(report)")
    }

    /// The leg delivers everything again to a store that has forgotten what it saw.
    @Test func aLegAndAStoreWithoutMemoryDoubleTweets() async throws {
        let folder = try Folder()
        let first = try await run(in: folder) { $1 }
        let store = try Connection(path: folder.path + "/valkey-counts.db", Connection.Options())
        try store.execute("DELETE FROM seen")
        _ = try await run(in: folder, requests: 1) { $0 == .rabbitmq ? RepeatingLeg(leg: $1, again: first) : $1 }
        let (code, report) = audit(folder)
        #expect(code == 1)
        #expect(report.contains("doubled (rabbitmq): "), "\(report)")
    }

    // MARK: one run

    private func verdict(_ entrance: (LegName, any Leg) -> any Leg) async throws -> (Int32, String) {
        let folder = try Folder()
        _ = try await run(in: folder, entrance)
        return audit(folder)
    }

    /// Loads a pipeline with 2,000 tweets and stops it when they are counted. Answers what the rabbitmq leg was given.
    private func run(
        in folder: borrowing Folder, requests: Int = 100, _ entrance: (LegName, any Leg) -> any Leg
    ) async throws -> [Batch] {
        var settings = UpSettings()
        settings.data = folder.path
        (settings.listen.port, settings.dashboard.port, settings.admin.port) = (0, 0, 0)
        let watched = Seen()
        let pipeline = try UpPipeline(settings, log: Self.log) { name, leg in
            name == .rabbitmq ? WatchedLeg(leg: entrance(name, leg), seen: watched) : entrance(name, leg)
        }
        try pipeline.start()
        let stop = Shutdown()
        let services = Task { await ServiceGroup(pipeline.services, drainDeadline: .seconds(20)).run(until: stop) }
        var load = LoadSettings()
        load.target = "http://\(pipeline.intake.boundAddress)/input"
        (load.requests, load.batch, load.connections) = (requests, 20, 4)
        (load.ledger, load.quiet) = (folder.path + "/ledger", true)
        let code = await withCheckedContinuation { (done: CheckedContinuation<Int32, Never>) in
            let settings = load
            let thread = Thread { done.resume(returning: runLoad(settings, console: .silent, isStopped: { false })) }
            thread.start()
        }
        #expect(code == 0)
        stop.request()
        #expect(await services.value == .drained)
        return watched.batches.withLock { $0 }
    }

    private func audit(_ folder: borrowing Folder) -> (Int32, String) {
        let report = Text()
        var settings = AuditSettings()
        (settings.ledgers, settings.data, settings.wait) = ([folder.path + "/ledger"], folder.path, .seconds(1))
        let console = Console(
            isTerminal: false, report: { text in report.words.withLock { $0 += text } }, progress: { _ in })
        let code = runAudit(settings, console: console, isStopped: { false })
        return (code, report.words.withLock { $0 })
    }
}

extension Console {
    fileprivate static let silent = Console(isTerminal: false, report: { _ in }, progress: { _ in })
}

/// Says `stored` of everything and drops every tenth batch, the first one for certain.
private final class DroppingLeg: Leg {
    private let leg: any Leg
    private let count = Atomic(0)
    init(leg: any Leg) { self.leg = leg }

    func publish(_ batch: Batch, _ done: @escaping @Sendable (Receipts) -> Void) {
        let number = count.wrappingAdd(1, ordering: .relaxed).oldValue
        if number % 10 == 0 { done(.all(.stored)) } else { leg.publish(batch, done) }
    }
}

/// Adds a tweet that nobody sent to each batch.
private struct InventingLeg: Leg {
    let leg: any Leg
    let id: TweetID

    func publish(_ batch: Batch, _ done: @escaping @Sendable (Receipts) -> Void) {
        var batch = batch
        let line = #"{"id":"\#(id)","accepted":1732492800000,"country":"GT","weather":"rainy","description":"t"}"#
        batch.append(line.utf8)
        leg.publish(batch, done)
    }
}

/// Publishes what it is told once more, before the first batch.
private final class RepeatingLeg: Leg {
    private let leg: any Leg
    private let again: Mutex<[Batch]>
    init(leg: any Leg, again: [Batch]) {
        self.leg = leg
        self.again = Mutex(again)
    }

    func publish(_ batch: Batch, _ done: @escaping @Sendable (Receipts) -> Void) {
        let repeated = again.withLock { again in
            defer { again = [] }
            return again
        }
        for old in repeated { leg.publish(old) { _ in } }
        leg.publish(batch, done)
    }
}

/// Remembers what went in.
private final class WatchedLeg: Leg {
    private let leg: any Leg
    private let seen: Seen
    init(leg: any Leg, seen: Seen) { (self.leg, self.seen) = (leg, seen) }

    func publish(_ batch: Batch, _ done: @escaping @Sendable (Receipts) -> Void) {
        seen.batches.withLock { $0.append(batch) }
        leg.publish(batch, done)
    }
}

private final class Seen: Sendable {
    let batches = Mutex<[Batch]>([])
}

private final class Text: Sendable {
    let words = Mutex("")
}
