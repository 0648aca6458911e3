import Embedded
import Pipeline
import SQLite
import TestKit
import Testing
import Tweets

private let samples = Samples()

@Suite struct QueueTests {
    @Test func deliveredTooOftenBecomesADeadLetter() async throws {
        let folder = try Folder()
        var settings = legSettings()
        settings.deliveryLimit = 3
        var queue = try EmbeddedQueue.open(folder, settings)
        try await queue.part.store(samples.batch(0..<4))
        for _ in 0..<3 {
            #expect(try await queue.part.receive().batches == [samples.batch(0..<4)])
            await queue.end()
            queue = try EmbeddedQueue.open(folder, settings)
        }
        // Not handed out, so the reopening of this did not count for it.
        try await queue.part.store(samples.batch(4..<5))
        let delivery = try await queue.part.receive()
        #expect(delivery.batches == [samples.batch(4..<5)])
        #expect(queue.backlog == Backlog(lag: 1, deadLetters: 1))
        try await queue.part.settle(delivery)
        await queue.end()
        let file = try folder.sqlite("rabbitmq-queue.db")
        let kept = try file.prepare("SELECT origin, reason, bytes FROM dead_letters")
        let isThere = try kept.step()
        #expect(isThere)
        let (origin, reason, bytes) = (kept.integer(0), kept.text(1), kept.bytes(2))
        #expect(origin == 1 && reason == "delivered 3 times" && bytes == samples.batch(0..<4).bytes)
        #expect(try integer(file, "SELECT count(*) FROM unsettled") == 0)
    }

    @Test func deadLettersAreBounded() async throws {
        let folder = try Folder()
        var settings = legSettings()
        (settings.deliveryLimit, settings.deadLettersMax) = (1, 2)
        var queue = try EmbeddedQueue.open(folder, settings)
        for number in 0..<3 { try await queue.part.store(samples.batch(number..<number + 1)) }
        _ = try await queue.part.read(3, settling: false)
        await queue.end()
        queue = try EmbeddedQueue.open(folder, settings)
        var reception: Reception = try await answer { queue.receive(from: 0, upTo: 1, $0) }
        guard case .unavailable("1 batches became dead letters") = reception else { throw Failure("\(reception)") }
        reception = try await answer { queue.receive(from: 0, upTo: 1, $0) }
        guard case .unavailable = reception else { throw Failure("\(reception)") }
        // There is no room for a third one: better again and again than nowhere.
        let delivery = try await queue.part.receive()
        #expect(delivery.batches == [samples.batch(2..<3)])
        let isKept: Bool = try await answer {
            queue.bury([DeadLetter(bytes: [1], reason: "a test", origin: 3)], $0)
        }
        #expect(!isKept)
        #expect(queue.backlog == Backlog(lag: 1, deadLetters: 2))
        await queue.end()
    }

    /// Rows of one tweet, many a delivery: what is kept for levelling must not grow with the deliveries.
    @Test func manySmallRowsAreForgottenAsFastAsTheyCome() async throws {
        let folder = try Folder()
        var settings = legSettings()
        settings.tail = TailBound(rows: 10, bytes: 1 << 20)
        let queue = try EmbeddedQueue.open(folder, settings)
        for round in 0..<2 {
            await withThrowingTaskGroup { group in
                for number in 0..<200 {
                    group.addTask { try await queue.part.store(samples.batch(number..<number + 1)) }
                }
            }
            _ = try await queue.part.read(200)
            #expect(queue.backlog.lag == 0, "after round \(round)")
        }
        await queue.end()
        let rows = try integer(try folder.sqlite("rabbitmq-queue.db"), "SELECT count(*) FROM batches")
        #expect(rows == 10)
    }

    /// Twenty restarts with a backlog that nobody was given must not make dead letters of it.
    @Test func whatWasNotHandedOutIsNotCountedAsDelivered() async throws {
        let folder = try Folder()
        var settings = legSettings()
        settings.deliveryLimit = 2
        for number in 0..<5 {
            let queue = try EmbeddedQueue.open(folder, settings)
            try await queue.part.store(samples.batch(number..<number + 1))
            await queue.end()
        }
        let queue = try EmbeddedQueue.open(folder, settings)
        #expect(try await queue.part.read(5).bytes == samples.batch(0..<5).bytes)
        #expect(queue.backlog == Backlog(lag: 0, deadLetters: 0))
        await queue.end()
    }

    @Test func redeliverGivesEverythingUnsettledAgain() async throws {
        let folder = try Folder()
        let queue = try EmbeddedQueue.open(folder)
        for number in 0..<3 { try await queue.part.store(samples.batch(number..<number + 1)) }
        let old = try await queue.part.receive(upTo: 1)
        try await queue.part.settle(try await queue.part.receive(upTo: 1))
        let isDone: Bool = try await answer { queue.redeliver($0) }
        #expect(isDone)
        let isSettled: Bool = try await answer { queue.settle(old, $0) }
        #expect(!isSettled, "a tag ends with the redelivery")
        let again = try await queue.part.receive(upTo: 10)
        #expect(again.batches == [samples.batch(0..<1), samples.batch(2..<3)])
        try await queue.part.settle(again)
        #expect(queue.backlog.lag == 0)
        await queue.end()
    }

    @Test func deliveriesCanBeSettledInAnyOrder() async throws {
        let folder = try Folder()
        var queue = try EmbeddedQueue.open(folder)
        for number in 0..<4 { try await queue.part.store(samples.batch(number..<number + 1)) }
        var deliveries: [Delivery] = []
        for _ in 0..<4 { deliveries.append(try await queue.part.receive(upTo: 1)) }
        for place in [3, 1] { try await queue.part.settle(deliveries[place]) }
        await queue.end()
        queue = try EmbeddedQueue.open(folder)
        #expect(try await queue.part.read(2).bytes == samples.batch(0..<1).bytes + samples.batch(2..<3).bytes)
        await queue.end()
    }

    @Test func unsettledDeliveriesAreBounded() async throws {
        let folder = try Folder()
        var settings = legSettings()
        settings.unsettledDeliveriesMax = 2
        let queue = try EmbeddedQueue.open(folder, settings)
        for number in 0..<4 { try await queue.part.store(samples.batch(number..<number + 1)) }
        let first = try await queue.part.receive(upTo: 1)
        _ = try await queue.part.receive(upTo: 1)
        let waiting = Answer<Reception>()
        queue.receive(from: 0, upTo: 1, waiting.done)
        try await queue.part.store(samples.batch(4..<5))
        #expect(!waiting.isThere)
        try await queue.part.settle(first)
        guard case .delivery(let third) = try await waiting.value() else { throw Failure("no delivery") }
        #expect(third.batches == [samples.batch(2..<3)])
        await queue.end()
    }

    @Test func aFullQueueIsUnavailableUntilItIsDrained() async throws {
        let folder = try Folder()
        var settings = legSettings()
        settings.bytesMax = 100_000
        let queue = try EmbeddedQueue.open(folder, settings)
        let batch = samples.batch(0..<100)
        while case .all(.stored) = try await publish(queue, batch) {}
        let lag = queue.backlog.lag
        #expect((700...900).contains(lag), "batches of about 12 kB, a bound of 100 kB")
        _ = try await queue.part.read(lag)
        try await queue.part.store(batch)
        await queue.end()
    }

    /// Else a batch of that size would be tried again for ever, by a dispatcher that has no room for another one.
    @Test func anEmptyOneTakesABatchOfAnySize() async throws {
        let folder = try Folder()
        var settings = legSettings()
        settings.bytesMax = 1000
        let queue = try EmbeddedQueue.open(folder, settings)
        let batch = samples.batch(0..<100)
        for _ in 0..<3 {
            #expect(try await publish(queue, batch) == .all(.stored))
            #expect(try await publish(queue, batch) == .all(.unavailable))
            _ = try await queue.part.read(100)
        }
        await queue.end()
    }

    /// The consumer starts after levelling, so a full leg would keep the process from starting for ever.
    @Test func levellingGoesBeyondTheBound() async throws {
        let folder = try Folder()
        var settings = legSettings()
        settings.bytesMax = 1000
        let queue = try EmbeddedQueue.open(folder, settings)
        try await queue.part.store(samples.batch(0..<100))
        #expect(try await publish(queue, samples.batch(100..<101)) == .all(.unavailable))
        let answer = Answer<Receipts>()
        queue.restore(samples.batch(100..<200), answer.done)
        #expect(try await answer.value() == .all(.stored))
        #expect(queue.backlog.lag == 200)
        await queue.end()
    }

    /// The file may not grow; settling makes room in it.
    @Test func aFullFileHealsBySettling() async throws {
        let folder = try Folder()
        var settings = legSettings()
        settings.storage.pagesMax = 200
        settings.tail = TailBound(rows: 1, bytes: 1 << 20)
        let queue = try EmbeddedQueue.open(folder, settings)
        let batch = samples.batch(0..<500)
        var stored = 0
        while case .all(.stored) = try await publish(queue, batch) { stored += 1 }
        #expect(stored > 3)
        #expect(queue.backlog.lag == stored * 500)
        let (bytes, _) = try await queue.part.read(stored * 500, upTo: 1)
        #expect(bytes.count == stored * batch.bytes.count)
        try await queue.part.store(batch)
        #expect(try await queue.part.read(500).bytes == batch.bytes)
        await queue.end()
    }

    @Test func theTailIsKeptThoughSettled() async throws {
        let folder = try Folder()
        var settings = legSettings()
        settings.tail = TailBound(rows: 5, bytes: 1 << 20)
        var queue = try EmbeddedQueue.open(folder, settings)
        for number in 0..<20 {
            try await queue.part.store(samples.batch(number..<number + 1))
            _ = try await queue.part.read(1)
        }
        #expect(try queue.tail() == (15..<20).map { samples.batch($0..<$0 + 1) })
        await queue.end()
        queue = try EmbeddedQueue.open(folder, settings)
        try await queue.part.store(samples.batch(20..<21))
        _ = try await queue.part.read(1)
        #expect(try queue.tail() == (16..<21).map { samples.batch($0..<$0 + 1) })
        await queue.end()
        let file = try folder.sqlite("rabbitmq-queue.db")
        #expect(try integer(file, "SELECT count(*) FROM batches") == 5)
        #expect(try integer(file, "SELECT count(*) FROM settled") == 5)
    }

    private func publish(_ queue: EmbeddedQueue, _ batch: Batch) async throws -> Receipts {
        try await answer { queue.publish(batch, $0) }
    }

    private func integer(_ file: borrowing Connection, _ sql: String) throws -> Int64? { try file.integer(sql) }
}
