import Embedded
import Pipeline
import SQLite
import TestKit
import Testing
import Tweets

private let samples = Samples()

@Suite struct LogTests {
    @Test func aFullFileIsUnavailableAndHeals() async throws {
        let folder = try Folder()
        var settings = legSettings()
        settings.storage.pagesMax = 40
        var log = try EmbeddedLog.open(folder, settings)
        let batch = samples.batch(0..<1000)
        var stored = 0
        while case .all(.stored) = try await publish(log, batch) {
            stored += 1
            try #require(stored < 100, "40 pages never got full")
        }
        #expect(try await publish(log, batch) == .all(.unavailable))
        #expect(log.backlog.lag == stored * 1000)
        // What is stored can still be read, and small batches that find room still come in behind it.
        let (bytes, next) = try await log.part.read(stored * 1000)
        #expect(bytes.count == batch.bytes.count * stored)
        await log.end()
        log = try EmbeddedLog.open(folder)
        try await log.part.store(batch)
        #expect(try await log.part.read(1000, from: next).bytes == batch.bytes)
        await log.end()
    }

    @Test func anUncountedBacklogIsBoundedByBytes() async throws {
        let folder = try Folder()
        var settings = legSettings()
        settings.bytesMax = 100_000
        let log = try EmbeddedLog.open(folder, settings)
        let batch = samples.batch(0..<100)
        while case .all(.stored) = try await publish(log, batch) {}
        let lag = log.backlog.lag
        #expect((700...900).contains(lag), "batches of about 12 kB, a bound of 100 kB")
        let next = try await log.part.read(lag).next
        try await log.part.store(batch)
        #expect(try await log.part.read(100, from: next).bytes == batch.bytes)
        await log.end()
    }

    /// Else a batch of that size would be tried again for ever, by a dispatcher that has no room for another one.
    @Test func anEmptyOneTakesABatchOfAnySize() async throws {
        let folder = try Folder()
        var settings = legSettings()
        settings.bytesMax = 1000
        let log = try EmbeddedLog.open(folder, settings)
        let batch = samples.batch(0..<100)
        for number in 0..<3 {
            #expect(try await publish(log, batch) == .all(.stored))
            #expect(try await publish(log, batch) == .all(.unavailable))
            _ = try await log.part.read(100, from: Offset(number * 100))
        }
        await log.end()
    }

    /// The consumer starts after levelling, so a full leg would keep the process from starting for ever.
    @Test func levellingGoesBeyondTheBound() async throws {
        let folder = try Folder()
        var settings = legSettings()
        settings.bytesMax = 1000
        let log = try EmbeddedLog.open(folder, settings)
        try await log.part.store(samples.batch(0..<100))
        #expect(try await publish(log, samples.batch(100..<101)) == .all(.unavailable))
        let answer = Answer<Receipts>()
        log.restore(samples.batch(100..<200), answer.done)
        #expect(try await answer.value() == .all(.stored))
        #expect(log.backlog.lag == 200)
        await log.end()
    }

    @Test func retentionKeepsTheUncountedAndTheTail() async throws {
        let folder = try Folder()
        let clock = ManualClock()
        var settings = legSettings(clock.read)
        settings.bytesMax = 60_000
        settings.tail = TailBound(rows: 2, bytes: 1 << 20)
        var log = try EmbeddedLog.open(folder, settings)
        var next: Offset = 0
        for number in 0..<50 {
            try await log.part.store(samples.batch(number * 10..<number * 10 + 10))
            next = try await log.part.read(10, from: next).next
        }
        var rows = try rows(folder)
        #expect((45...50).contains(rows), "of 50 batches of 1.2 kB about 48 stay within 60 kB, but \(rows) are there")
        clock.move(.seconds(8 * 86_400))
        for number in 50..<54 { try await log.part.store(samples.batch(number * 10..<number * 10 + 10)) }
        rows = try self.rows(folder)
        #expect(rows == 4, "older than 7 days but for the uncounted")
        await log.end()
        // The offsets go on, and what is gone is said to be gone.
        log = try EmbeddedLog.open(folder, settings)
        #expect(log.backlog.lag == 40)
        let reception: Reception = try await answer { log.receive(from: 0, upTo: 1, $0) }
        guard case .unavailable(let text) = reception else { throw Failure("\(reception)") }
        #expect(text.contains("begins at 500"))
        #expect(try await log.part.read(40, from: next).bytes == samples.batch(500..<540).bytes)
        await log.end()
    }

    @Test func anOffsetBehindTheEndIsNotWaitedFor() async throws {
        let folder = try Folder()
        let log = try EmbeddedLog.open(folder)
        try await log.part.store(samples.batch(0..<5))
        let reception: Reception = try await answer { log.receive(from: 6, upTo: 1, $0) }
        guard case .unavailable(let text) = reception else { throw Failure("\(reception)") }
        #expect(text.contains("behind the end"))
        await log.end()
    }

    /// Someone deleted a damaged log, or copied the folder while it was in use: the store is ahead of the log.
    @Test func aLogThatEndsBeforeTheStoreGoesOnWhereTheStoreStands() async throws {
        let folder = try Folder()
        var log = try EmbeddedLog.open(folder)
        try await log.part.store(samples.batch(0..<10))
        await log.end()
        for lag in [0, 20] {
            log = try EmbeddedLog(
                path: folder.path + "/kafka-log.db", legSettings(), counted: 1000, log: quiet)
            #expect(log.backlog.lag == lag)
            try await log.part.store(samples.batch(10..<30))
            await log.end()
        }
        log = try EmbeddedLog.open(folder)
        let (bytes, next) = try await log.part.read(40, from: 1000)
        #expect(next == 1040, "two batches of 20 behind what was counted, one behind the other")
        #expect(bytes == samples.batch(10..<30).bytes + samples.batch(10..<30).bytes)
        await log.end()
    }

    @Test func theMiddleOfABatchCanBeAskedFor() async throws {
        let folder = try Folder()
        for memory in [1 << 20, 0] {
            var settings = legSettings()
            settings.memoryBytesMax = memory
            let log = try EmbeddedLog.open(folder, settings)
            if memory > 0 { for n in 0..<3 { try await log.part.store(samples.batch(n * 10..<n * 10 + 10)) } }
            let delivery = try await log.part.receive(from: 13, upTo: 15)
            #expect(delivery.first == 13 && delivery.next == 30)
            let isExact = delivery.batches.flatMap(\.bytes) == samples.batch(13..<30).bytes
            #expect(isExact)
            await log.end()
        }
    }

    @Test func aDamagedRecordComesThroughAndCanBeBuried() async throws {
        let folder = try Folder()
        var log = try EmbeddedLog.open(folder)
        for number in 0..<3 { try await log.part.store(samples.batch(number * 2..<number * 2 + 2)) }
        await log.end()
        do {
            let file = try folder.sqlite("kafka-log.db")
            try file.execute("UPDATE batches SET bytes = x'FF00C3280A0A' WHERE first = 2")
        }
        log = try EmbeddedLog.open(folder)
        let delivery = try await log.part.receive(upTo: 6)
        #expect(delivery.next == 6 && delivery.batches.count == 3)
        #expect(delivery.batches[1].bytes == [0xff, 0x00, 0xc3, 0x28, 10, 10])
        let letter = DeadLetter(bytes: delivery.batches[1].bytes, reason: "not JSON", origin: 2)
        let isKept: Bool = try await answer { log.bury([letter], $0) }
        #expect(isKept)
        try await log.part.settle(delivery)
        #expect(log.backlog == Backlog(lag: 0, deadLetters: 1))
        await log.end()
        let file = try folder.sqlite("kafka-log.db")
        let kept = try file.prepare("SELECT origin, reason, bytes FROM dead_letters")
        let isThere = try kept.step()
        #expect(isThere)
        let (origin, reason, bytes) = (kept.integer(0), kept.text(1), kept.bytes(2))
        #expect(origin == 2 && reason == "not JSON" && bytes == letter.bytes)
    }

    @Test func theTailHasTheLastBatches() async throws {
        let folder = try Folder()
        let log = try EmbeddedLog.open(folder)
        #expect(try log.tail() == [])
        for number in 0..<300 { try await log.part.store(samples.batch(number..<number + 1)) }
        #expect(try log.tail() == (0..<300).map { samples.batch($0..<$0 + 1) })
        #expect(try log.tail(2) == (298..<300).map { samples.batch($0..<$0 + 1) })
        await log.end()
    }

    @Test func tooManyUnansweredPublishesAreUnavailableAtOnce() async throws {
        let folder = try Folder()
        var settings = legSettings()
        settings.publishesMax = 8
        let log = try EmbeddedLog.open(folder, settings)
        let answers = (0..<200).map { _ in Answer<Receipts>() }
        for answer in answers { log.publish(samples.batch(0..<1), answer.done) }
        var counts: [Receipt: Int] = [:]
        for answer in answers { counts[try await answer.value()[0], default: 0] += 1 }
        #expect(counts[.stored, default: 0] >= 8)
        #expect(counts[.unavailable, default: 0] > 0)
        #expect(counts.values.reduce(0, +) == 200)
        #expect(log.backlog.lag == counts[.stored])
        await log.end()
    }

    @Test func aNewerSchemaIsRefused() async throws {
        let folder = try Folder()
        await (try EmbeddedLog.open(folder)).end()
        do { try folder.sqlite("kafka-log.db").execute("PRAGMA user_version=2") }
        #expect { _ = try EmbeddedLog.open(folder) } throws: { "\($0)".contains("made by a newer version") }
    }

    private func publish(_ log: EmbeddedLog, _ batch: Batch) async throws -> Receipts {
        try await answer { log.publish(batch, $0) }
    }

    private func rows(_ folder: Folder) throws -> Int64 {
        try folder.sqlite("kafka-log.db").integer("SELECT count(*) FROM batches") ?? 0
    }
}
