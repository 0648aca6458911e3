import Foundation
import Pipeline
import RESP
import RedisStore
import TestKit
import Testing
import Tweets

private let samples = Samples()

/// What happens to servers, each with a store that counts meanwhile: nothing is lost, nothing is counted twice.
@Suite(.enabled(if: Product.redis.isInstalled, "skipped: no redis-server")) struct FaultTests {
    /// The tweets of 0 ..< count, and nothing else.
    private func expectCounted(_ count: Int, in store: RedisStore) async throws {
        let snapshot = try await store.part.snapshot()
        try expectEqual(snapshot.total, count, "total")
        let fingerprint = (0..<count).reduce(UInt64(0)) { $0 &+ samples.id($1).fingerprint }
        try expectEqual(snapshot.fingerprint, fingerprint, "fingerprint")
    }

    /// As a consumer of a log: from the store's offset on, batches of several scripts.
    private func countLog(upTo end: Int, batch: Int, in store: RedisStore) async throws -> Int {
        var position = 0
        var applies = 0
        while position < end {
            applies += 1
            let next = min(end, position + batch)
            let work = samples.countBatch(position..<next, offsets: Offset(position)..<Offset(next))
            switch try await store.applyUntilAnswered(work) {
            case .counted: position = next
            case .elsewhere(let offset): position = Int(offset)
            case .unavailable: break
            }
        }
        return applies
    }

    @Test func killedWhileItCountsALog() async throws {
        let server = try Server()
        let store = try server.open { $0.tweetsPerScript = 100 }
        async let counting = countLog(upTo: 40_000, batch: 1000, in: store)
        for _ in 0..<5 {
            try await Task.sleep(for: .milliseconds(Int.random(in: 5..<40)))
            server.kill()
            try server.start()
        }
        #expect(try await counting >= 40)
        try await expectCounted(40_000, in: store)
        await store.end()
    }

    /// As a consumer of a queue: deliveries overlap, and come again until they are counted.
    @Test func killedWhileItCountsAQueue() async throws {
        let server = try Server()
        let store = try server.open { $0.tweetsPerScript = 100 }
        async let counting: Void = {
            for start in stride(from: 0, to: 20_000, by: 500) {
                let work = samples.countBatch(max(0, start - 250)..<start + 500)
                guard case .counted = try await store.applyUntilAnswered(work) else { throw Failure("elsewhere") }
            }
        }()
        for _ in 0..<5 {
            try await Task.sleep(for: .milliseconds(Int.random(in: 5..<40)))
            server.kill()
            try server.start()
        }
        try await counting
        try await expectCounted(20_000, in: store)
        await store.end()
    }

    @Test func aStoppedServerIsUnavailableAndCountsOnce() async throws {
        let server = try Server()
        let store = try server.open { $0.timeout = .milliseconds(500) }
        _ = try await store.apply(samples.countBatch(0..<10))
        server.signal(SIGSTOP)
        // The kernel takes the command, and the server will do it when it goes on.
        #expect(try await store.trouble(samples.countBatch(0..<100)).contains("timeout"))
        let began = ContinuousClock.now
        for _ in 0..<3 { _ = try await store.trouble(samples.countBatch(0..<100)) }
        #expect(ContinuousClock.now - began < .seconds(5))
        let snapshot: StoreSnapshot? = try await answer { store.snapshot($0) }
        #expect(snapshot == nil)
        try await Task.sleep(for: .seconds(1))
        server.signal(SIGCONT)
        _ = try await store.applyUntilAnswered(samples.countBatch(0..<100))
        try await expectCounted(100, in: store)
        await store.end()
    }

    @Test func flushedScriptsAreLoadedAgain() async throws {
        let server = try Server()
        let store = try server.open { $0.tweetsPerScript = 10 }
        for start in stride(from: 0, to: 500, by: 50) {
            try server.send("SCRIPT", "FLUSH")
            #expect(try await store.part.count(samples.countBatch(start..<start + 50)) == 50)
        }
        try await expectCounted(500, in: store)
        await store.end()
    }

    @Test func fullMemoryIsUnavailable() async throws {
        let server = try Server()
        let store = try server.open()
        _ = try await store.apply(samples.countBatch(0..<10))
        try server.send("CONFIG", "SET", "maxmemory", "1000")
        #expect(try await store.trouble(samples.countBatch(0..<100)).contains("maxmemory"))
        try await expectCounted(10, in: store)
        try server.send("CONFIG", "SET", "maxmemory", "0")
        _ = try await store.applyUntilAnswered(samples.countBatch(0..<100))
        try await expectCounted(100, in: store)
        await store.end()
    }

    @Test func aReplicaIsUnavailable() async throws {
        let server = try Server()
        let store = try server.open()
        _ = try await store.apply(samples.countBatch(0..<10))
        try server.send("REPLICAOF", "127.0.0.1", "1")
        #expect(try await store.trouble(samples.countBatch(0..<100)).contains("replica"))
        try server.send("REPLICAOF", "NO", "ONE")
        _ = try await store.applyUntilAnswered(samples.countBatch(0..<100))
        try await expectCounted(100, in: store)
        await store.end()
    }

    @Test(arguments: ["total", "fingerprint", "countries", "weather", "minutes", "recent", "offset", "seen:7:0"])
    func aForeignKeyIsNotHalfCounted(name: String) async throws {
        let server = try Server()
        let store = try server.open()
        try server.send("ZADD", "{tweets}:\(name)", "1", "a")
        #expect(try await store.trouble(samples.countBatch(0..<10, offsets: 0..<10)).contains("{tweets}"))
        #expect(try server.send("DBSIZE").number == 1, "something was written")
        try server.send("DEL", "{tweets}:\(name)")
        _ = try await store.applyUntilAnswered(samples.countBatch(0..<10, offsets: 0..<10))
        try await expectCounted(10, in: store)
        await store.end()
    }

    /// A fail-over to a copy that lacks the last writes: offset and counts went back together.
    @Test func anOlderCopyIsCaughtUpWith() async throws {
        let server = try Server()
        let store = try server.open()
        _ = try await countLog(upTo: 1000, batch: 100, in: store)
        server.kill()
        let (files, live) = (FileManager.default, server.folder.path + "/appendonlydir")
        try files.copyItem(atPath: live, toPath: live + ".old")
        try server.start()
        _ = try await countLog(upTo: 2000, batch: 100, in: store)
        server.kill()
        try files.removeItem(atPath: live)
        try files.moveItem(atPath: live + ".old", toPath: live)
        try server.start()
        let batch = samples.countBatch(2000..<2100, offsets: 2000..<2100)
        #expect(try await store.applyUntilAnswered(batch) == .elsewhere(1000))
        _ = try await countLog(upTo: 2100, batch: 100, in: store)
        try await expectCounted(2100, in: store)
        await store.end()
    }

    @Test func consumersThatCompeteCountOnce() async throws {
        let server = try Server()
        try await withThrowingTaskGroup { group in
            for worker in 0..<4 {
                let store = try server.open { $0.tweetsPerScript = 40 }
                group.addTask {
                    var random = SeededRandom(seed: UInt64(worker))
                    for _ in 0..<60 {
                        let start = Int(random.next() % 2000)
                        let ids = worker % 2 == 0
                        _ = try await store.part.count(samples.countBatch(start..<start + 200, ownIDs: ids))
                    }
                    for ids in [false, true] {
                        _ = try await store.part.count(samples.countBatch(0..<2200, ownIDs: ids))
                    }
                    await store.end()
                }
            }
            try await group.waitForAll()
        }
        let store = try server.open()
        #expect(try await store.part.snapshot().total == 4400)
        await store.end()
    }

    @Test func tooManyBatchesAreUnavailableAtOnce() async throws {
        let server = try Server()
        let store = try server.open { $0.appliesMax = 4 }
        let answers = (0..<100).map { _ in Answer<Applied>() }
        for answer in answers { store.apply(samples.countBatch(0..<1), answer.done) }
        var (counted, unavailable) = (0, 0)
        for answer in answers {
            switch try await answer.value() {
            case .counted(let flags): counted += flags.count { $0 }
            case .unavailable: unavailable += 1
            case .elsewhere: throw Failure("elsewhere without offsets")
            }
        }
        #expect(counted == 1 && unavailable > 0)
        await store.end()
    }
}
