import Foundation
import Pipeline
import RESP
import RedisStore
import TestKit
import Testing

private let samples = Samples()

/// What a server must be, and how its keys look.
@Suite(.enabled(if: Product.redis.isInstalled, "skipped: no redis-server")) struct StartTests {
    /// Why the store refuses the server.
    private func refusal(_ server: Server, _ change: (inout RedisStoreSettings) -> Void = { _ in }) -> String {
        let error = #expect(throws: RedisStoreError.self) { _ = try server.open(change) }
        return error?.description ?? ""
    }

    @Test func aServerThatForgetsIsRefused() async throws {
        let server = try Server(.redis, "--appendonly", "no")
        #expect(refusal(server).contains("appendonly yes"))
        let store = try server.open { $0.allowVolatile = true }
        #expect(try await store.part.count(samples.countBatch(0..<10)) == 10)
        await store.end()
    }

    @Test func aServerThatEvictsIsRefused() throws {
        let server = try Server(.redis, "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru")
        #expect(refusal(server).contains("noeviction"))
    }

    @Test func passwordsAndUsers() async throws {
        let server = try Server(.redis)
        try server.send("ACL", "SETUSER", "counter", "on", ">pa55word", "~{tweets}:*", "+@all")
        try server.send("CONFIG", "SET", "requirepass", "s3cret")
        #expect(refusal(server).contains("NOAUTH"))
        let wrong = refusal(server) { $0.address.password = "wr0ng" }
        #expect(wrong.contains("does not let us in") && !wrong.contains("wr0ng"))
        for (user, password) in [(nil, "s3cret"), ("counter", "pa55word")] {
            let store = try server.open { ($0.address.user, $0.address.password) = (user, password) }
            #expect(try await store.apply(samples.countBatch(0..<1)) != .unavailable(""))
            #expect(store.name.hasPrefix("redis 7") || store.name.hasPrefix("redis "))
            #expect(!store.name.contains(password))
            await store.end()
        }
    }

    /// The least that a user must be allowed, as the operations page says.
    @Test func fewRightsAreEnough() async throws {
        let server = try Server(.redis)
        try server.send(
            "ACL", "SETUSER", "counter", "on", ">pw", "~{tweets}:*", "-@all", "+@read", "+@write",
            "+evalsha", "+eval", "+script|load", "+info", "+select")
        let store = try server.open(database: 1) { ($0.address.user, $0.address.password) = ("counter", "pw") }
        #expect(try await store.part.count(samples.countBatch(0..<10)) == 10)
        #expect(try await store.part.snapshot().total == 10)
        await store.end()
    }

    @Test func theCountsOfAnotherLogAreRefused() async throws {
        let server = try Server()
        let store = try server.open { $0.source = "log 1" }
        _ = try await store.apply(samples.countBatch(0..<10, offsets: 0..<10))
        await store.end()
        #expect(refusal(server) { $0.source = "log 2" }.contains("log 1"))
        let again = try server.open { $0.source = "log 1" }
        let offset: Offset? = try await answer { again.offset($0) }
        #expect(offset == 10)
        await again.end()
    }

    /// Found out after the start only: it never answers where it stands.
    @Test func theCountsOfAnotherLogAreNoOffset() async throws {
        let server = try Server(.redis, later: true)
        let store = try server.open { $0.source = "log 2" }
        try server.start()
        try server.send("SET", "{tweets}:source", "log 1")
        try server.send("SET", "{tweets}:offset", "10")
        // Until the pause after the first attempt is over.
        let deadline = ContinuousClock.now + .seconds(10)
        while try await !store.trouble(samples.countBatch(0..<1)).contains("log 1"), ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(try await store.trouble(samples.countBatch(0..<1)).contains("log 1"))
        let offset: Offset? = try await answer { store.offset($0) }
        #expect(offset == nil)
        await store.end()
    }

    @Test func aServerThatIsAwayIsWaitedFor() async throws {
        let server = try Server(.redis, later: true)
        let store = try server.open()
        #expect(try await store.trouble(samples.countBatch(0..<10)).contains("refused"))
        try server.start()
        _ = try await store.applyUntilAnswered(samples.countBatch(0..<10))
        #expect(try await store.part.snapshot().total == 10)
        await store.end()
    }

    @Test func theKeysAreAsDocumented() async throws {
        let server = try Server()
        let store = try server.open()
        _ = try await store.part.count(samples.countBatch([0, 9, 1 << 17 + 3], offsets: 0..<3))
        _ = try await store.part.count(samples.countBatch([60_000], ownIDs: true))
        await store.end()
        func text(_ words: String...) throws -> String? {
            let reply =
                words.count == 2 ? try server.send(words[0], words[1]) : try server.send(words[0], words[1], words[2])
            return reply.text ?? reply.number.map { "\($0)" }
        }
        #expect(try text("GET", "{tweets}:total") == "4")
        #expect(try text("GET", "{tweets}:offset") == "3")
        #expect(try text("HGET", "{tweets}:weather", "rainy") == "3")
        #expect(try text("HGET", "{tweets}:countries", "AD") == "1")
        #expect(try text("GETBIT", "{tweets}:seen:7:0", "9") == "1")
        #expect(try server.send("GETRANGE", "{tweets}:seen:7:0", "0", "-1") == .bytes([0x80, 0x40]))
        #expect(try server.send("GETRANGE", "{tweets}:seen:7:1", "0", "-1") == .bytes([0x10]))
        #expect(try text("SCARD", "{tweets}:ids:\(samples.start / 60_000 + 1)") == "1")
        #expect(try text("LLEN", "{tweets}:recent") == "4")
        for key in ["seen:7:0", "seen:7:1", "ids:\(samples.start / 60_000 + 1)"] {
            let left = try server.send("TTL", "{tweets}:\(key)").number ?? 0
            #expect((86_000...86_400).contains(left))
        }
    }

    @Test func oldMinutesAreAddedUp() async throws {
        let server = try Server()
        var old = samples
        old.start = Int64(Date.now.timeIntervalSince1970 * 1000) - 8 * 86_400_000
        let store = try server.open()
        // The first batch is followed by it, then an hour has to pass.
        _ = try await store.part.count(old.countBatch(stride(from: 0, to: 300_000, by: 60_000)))
        #expect(try await store.part.snapshot().minutesTotal == 5)
        await store.end()
        #expect(try server.send("HGETALL", "{tweets}:minutes") == .array([.bytes(Array("-1".utf8)), .bytes([0x35])]))
    }
}
