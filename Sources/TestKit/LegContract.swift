package import Pipeline
package import Tweets

/// What every leg with its source promises, embedded or a real broker: run each check on an empty leg of its own.
package enum LegContract: String, CaseIterable, Sendable {
    case whatWasPublishedComesBackByteExact
    case aReceiveWaitsAndWakes
    case aNewerReceiveOverrulesAWaitingOne
    case concurrentPublishesAllArrive
    case largeBatches
    case piecesAreAboutAsLargeAsAsked
    case theLagIsWhatIsNotSettled
    case settledStaysAwayAfterAReopen
    case unsettledComesAgainAfterAReopen
    case aBacklogIsReadBackAfterAReopen
    case deadLettersAreKept
    case closingAnswersEveryone

    /// A leg, opened.
    package struct Part: Sendable {
        package var leg: any Leg
        package var source: any TweetSource
        /// Whether offsets name places (a log), so that the reader says where it goes on.
        package var isLog: Bool
        /// Ends it so that it can be opened again, as after a crash: settles nothing.
        package var close: @Sendable () async -> Void

        package init(
            leg: any Leg, source: any TweetSource, isLog: Bool, close: @escaping @Sendable () async -> Void
        ) {
            (self.leg, self.source, self.isLog, self.close) = (leg, source, isLog, close)
        }
    }

    /// Opens the leg: empty the first time, with what is durable each further time.
    package typealias Opening = @Sendable () async throws -> Part

    /// Throws `Failure` when the promise is broken.
    package func check(_ open: Opening) async throws {
        switch self {
        case .whatWasPublishedComesBackByteExact: try await Self.byteExact(open)
        case .aReceiveWaitsAndWakes: try await Self.waitsAndWakes(open)
        case .aNewerReceiveOverrulesAWaitingOne: try await Self.overruled(open)
        case .concurrentPublishesAllArrive: try await Self.concurrent(open)
        case .largeBatches: try await Self.large(open)
        case .piecesAreAboutAsLargeAsAsked: try await Self.pieces(open)
        case .theLagIsWhatIsNotSettled: try await Self.lag(open)
        case .settledStaysAwayAfterAReopen: try await Self.settled(open)
        case .unsettledComesAgainAfterAReopen: try await Self.unsettled(open)
        case .aBacklogIsReadBackAfterAReopen: try await Self.backlog(open)
        case .deadLettersAreKept: try await Self.deadLetters(open)
        case .closingAnswersEveryone: try await Self.closing(open)
        }
    }
}

extension LegContract.Part {
    /// Publishes and expects `stored`.
    package func store(_ batch: Batch) async throws {
        let receipts: Receipts = try await answer { leg.publish(batch, $0) }
        try expectEqual(receipts, .all(.stored), "receipts of \(batch.count) tweets")
    }

    /// Receives once and expects a delivery.
    package func receive(from: Offset = 0, upTo: Int = 1000) async throws -> Delivery {
        let reception: Reception = try await answer { source.receive(from: from, upTo: upTo, $0) }
        guard case .delivery(let delivery) = reception else { throw Failure("expected a delivery, got \(reception)") }
        return delivery
    }

    /// Settles and expects true.
    package func settle(_ delivery: Delivery) async throws {
        let isSettled: Bool = try await answer { source.settle(delivery, $0) }
        try expect(isSettled, "settle of \(delivery.count) tweets answered false")
    }

    /// Reads tweets until there are `count`, and settles them if asked. Where the next ones begin, too.
    package func read(
        _ count: Int, from: Offset = 0, upTo: Int = 1000, settling: Bool = true
    ) async throws -> (bytes: [UInt8], next: Offset) {
        var (bytes, found, next) = ([UInt8](), 0, from)
        while found < count {
            let delivery = try await receive(from: next, upTo: upTo)
            if isLog {
                try expectEqual(delivery.first, next, "first offset")
                try expectEqual(delivery.next, next + Offset(delivery.count), "offset behind the delivery")
            }
            for batch in delivery.batches { bytes += batch.bytes }
            found += delivery.count
            next = delivery.next
            if settling { try await settle(delivery) }
        }
        try expectEqual(found, count, "tweets read")
        return (bytes, next)
    }
}

private let samples = Samples()

extension LegContract {
    private static func byteExact(_ open: Opening) async throws {
        let part = try await open()
        var expected: [UInt8] = []
        for range in [0..<1, 1..<8, 8..<108, 108..<109] {
            try await part.store(samples.batch(range))
            expected += samples.batch(range).bytes
        }
        let (bytes, _) = try await part.read(109)
        try expect(bytes == expected, "other bytes, or in another order, than were published")
        await part.close()
    }

    private static func waitsAndWakes(_ open: Opening) async throws {
        let part = try await open()
        var next: Offset = 0
        for number in 0..<20 {
            let waiting = Answer<Reception>()
            part.source.receive(from: next, upTo: 100, waiting.done)
            try expect(!waiting.isThere, "an empty leg answered a receive")
            try await part.store(samples.batch(number..<number + 1))
            guard case .delivery(let delivery) = try await waiting.value() else { throw Failure("no delivery") }
            try expectEqual(delivery.batches.flatMap(\.bytes), samples.batch(number..<number + 1).bytes, "bytes")
            try await part.settle(delivery)
            next = delivery.next
        }
        await part.close()
    }

    private static func overruled(_ open: Opening) async throws {
        let part = try await open()
        let (older, newer) = (Answer<Reception>(), Answer<Reception>())
        part.source.receive(from: 0, upTo: 100, older.done)
        part.source.receive(from: 0, upTo: 100, newer.done)
        guard case .unavailable = try await older.value() else { throw Failure("the older receive was not overruled") }
        try await part.store(samples.batch(0..<3))
        guard case .delivery(let delivery) = try await newer.value() else { throw Failure("no delivery") }
        try expectEqual(delivery.count, 3, "tweets of the newer receive")
        await part.close()
    }

    private static func concurrent(_ open: Opening) async throws {
        let part = try await open()
        try await withThrowingTaskGroup { group in
            for publisher in 0..<16 {
                group.addTask {
                    for number in 0..<20 {
                        let start = publisher * 1000 + number * 3
                        try await part.store(samples.batch(start..<start + 3))
                    }
                }
            }
            try await group.waitForAll()
        }
        let read = Batch(lines: try await part.read(16 * 60, upTo: 50).bytes)
        let lines = Set((0..<read.count).map { Array(read.bytes[read.range(of: $0)]) })
        try expectEqual(lines.count, 16 * 60, "different tweets")
        for publisher in 0..<16 {
            for number in 0..<60 {
                try expect(lines.contains(samples.line(publisher * 1000 + number)), "a tweet is missing")
            }
        }
        await part.close()
    }

    private static func large(_ open: Opening) async throws {
        let part = try await open()
        var wide = samples
        wide.size = 900
        let batches = [wide.batch(0..<10_000), samples.batch(0..<1), wide.batch(10_000..<12_000)]
        for batch in batches { try await part.store(batch) }
        let (bytes, _) = try await part.read(12_001)
        try expect(bytes == batches.flatMap(\.bytes), "other bytes, or in another order, than were published")
        await part.close()
    }

    private static func pieces(_ open: Opening) async throws {
        let part = try await open()
        for number in 0..<30 { try await part.store(samples.batch(number * 10..<number * 10 + 10)) }
        let one = try await part.receive(upTo: 1)
        try expect((1...10).contains(one.count), "upTo 1 of batches of 10 gave \(one.count)")
        let some = try await part.receive(from: one.next, upTo: 95)
        try expect((90...105).contains(some.count), "upTo 95 of batches of 10 gave \(some.count)")
        await part.close()
    }

    private static func lag(_ open: Opening) async throws {
        let part = try await open()
        try expectEqual(part.source.backlog, Backlog(lag: 0, deadLetters: 0), "backlog of an empty leg")
        for number in 0..<4 { try await part.store(samples.batch(number * 5..<number * 5 + 5)) }
        try expectEqual(part.source.backlog.lag, 20, "lag after publishing 20")
        let delivery = try await part.receive(upTo: 5)
        try expectEqual(part.source.backlog.lag, 20, "lag after receiving")
        _ = try await part.receive(from: delivery.next, upTo: 5)
        try expectEqual(part.source.backlog.lag, 20, "lag after reading ahead of what is settled")
        try await part.settle(delivery)
        try expectEqual(part.source.backlog.lag, 20 - delivery.count, "lag after settling \(delivery.count)")
        await part.close()
    }

    private static func settled(_ open: Opening) async throws {
        var part = try await open()
        try await part.store(samples.batch(0..<10))
        let next = try await part.read(10).next
        await part.close()
        part = try await open()
        let waiting = Answer<Reception>()
        part.source.receive(from: next, upTo: 100, waiting.done)
        try await part.store(samples.batch(10..<12))
        guard case .delivery(let delivery) = try await waiting.value() else { throw Failure("no delivery") }
        try expectEqual(delivery.batches.flatMap(\.bytes), samples.batch(10..<12).bytes, "bytes after the reopen")
        await part.close()
    }

    private static func unsettled(_ open: Opening) async throws {
        var part = try await open()
        try await part.store(samples.batch(0..<10))
        try await part.store(samples.batch(10..<20))
        let next = try await part.read(10, upTo: 10).next
        _ = try await part.read(10, from: next, upTo: 10, settling: false)
        await part.close()
        for _ in 0..<2 {
            part = try await open()
            let (bytes, _) = try await part.read(10, from: next, settling: false)
            try expectEqual(bytes, samples.batch(10..<20).bytes, "bytes that were not settled")
            await part.close()
        }
        part = try await open()
        try expectEqual(try await part.read(10, from: next).bytes, samples.batch(10..<20).bytes, "bytes")
        try expectEqual(part.source.backlog.lag, 0, "lag at the end")
        await part.close()
    }

    private static func backlog(_ open: Opening) async throws {
        var part = try await open()
        var expected: [UInt8] = []
        for number in 0..<200 {
            let batch = samples.batch(number * 7..<number * 7 + 7)
            try await part.store(batch)
            expected += batch.bytes
        }
        await part.close()
        part = try await open()
        try expectEqual(part.source.backlog.lag, 1400, "lag after the reopen")
        let (bytes, _) = try await part.read(1400, upTo: 100)
        try expect(bytes == expected, "other bytes, or in another order, than were published")
        await part.close()
    }

    private static func deadLetters(_ open: Opening) async throws {
        var part = try await open()
        try await part.store(samples.batch(0..<3))
        let delivery = try await part.receive()
        let letters = [
            DeadLetter(bytes: Array("not JSON".utf8), reason: "cannot be read", origin: 1),
            DeadLetter(bytes: [], reason: "empty", origin: 2),
        ]
        let isKept: Bool = try await answer { part.source.bury(letters, $0) }
        try expect(isKept, "bury answered false")
        try await part.settle(delivery)
        try expectEqual(part.source.backlog, Backlog(lag: 0, deadLetters: 2), "backlog")
        await part.close()
        part = try await open()
        try expectEqual(part.source.backlog.deadLetters, 2, "dead letters after a reopen")
        await part.close()
    }

    private static func closing(_ open: Opening) async throws {
        let part = try await open()
        let waiting = Answer<Reception>()
        part.source.receive(from: 0, upTo: 100, waiting.done)
        await part.close()
        guard case .closed = try await waiting.value() else { throw Failure("a waiting receive was not closed") }
        let reception: Reception = try await answer { part.source.receive(from: 0, upTo: 1, $0) }
        guard case .closed = reception else { throw Failure("a receive after the close got \(reception)") }
        let receipts: Receipts = try await answer { part.leg.publish(samples.batch(0..<1), $0) }
        try expectEqual(receipts, .all(.unavailable), "receipts after the close")
    }
}
