package import Pipeline
import Tweets

/// What every count store promises, embedded or a real one: run each check on empty stores of its own.
package enum StoreContract: String, CaseIterable, Sendable {
    case countsByCountryAndWeather
    case duplicatesInABatchCountOnce
    case duplicatesAcrossBatchesCountOnce
    case duplicatesAcrossAReopenCountOnce
    case clientsIDsCountOnce
    case offsetsAreComparedAndSet
    case concurrentBatchesCountOnce
    case overlappingRedeliveriesCountOnce
    case fingerprintsDoNotDependOnOrder
    case recentTweetsAreTheLastOnes
    case largeBatches

    /// A store, opened.
    package struct Part: Sendable {
        package var store: any CountStore
        /// Ends it so that it can be opened again.
        package var close: @Sendable () async -> Void

        package init(store: any CountStore, close: @escaping @Sendable () async -> Void) {
            (self.store, self.close) = (store, close)
        }
    }

    /// Opens the store with a name: empty the first time, with what is durable each further time.
    package typealias Opening = @Sendable (String) async throws -> Part

    /// Throws `Failure` when the promise is broken.
    package func check(_ open: Opening) async throws {
        switch self {
        case .countsByCountryAndWeather: try await Self.counts(open)
        case .duplicatesInABatchCountOnce: try await Self.duplicatesInABatch(open)
        case .duplicatesAcrossBatchesCountOnce: try await Self.duplicatesAcrossBatches(open)
        case .duplicatesAcrossAReopenCountOnce: try await Self.duplicatesAcrossAReopen(open)
        case .clientsIDsCountOnce: try await Self.clientsIDs(open)
        case .offsetsAreComparedAndSet: try await Self.offsets(open)
        case .concurrentBatchesCountOnce: try await Self.concurrent(open)
        case .overlappingRedeliveriesCountOnce: try await Self.overlapping(open)
        case .fingerprintsDoNotDependOnOrder: try await Self.fingerprints(open)
        case .recentTweetsAreTheLastOnes: try await Self.recent(open)
        case .largeBatches: try await Self.large(open)
        }
    }
}

extension StoreContract.Part {
    /// Applies and expects it counted; how many were new.
    package func count(_ batch: CountBatch) async throws -> Int {
        let applied: Applied = try await answer { store.apply(batch, $0) }
        guard case .counted(let flags) = applied else { throw Failure("expected counted, got \(applied)") }
        try expectEqual(flags.count, batch.columns.count, "flags")
        return flags.count { $0 }
    }

    /// The snapshot, which must be consistent (promise I5).
    package func snapshot() async throws -> StoreSnapshot {
        let snapshot: StoreSnapshot? = try await answer { store.snapshot($0) }
        guard let snapshot else { throw Failure("no snapshot") }
        try expect(snapshot.isConsistent, "sums differ in \(snapshot)")
        return snapshot
    }
}

private let samples = Samples()

extension StoreContract {
    private static func counts(_ open: Opening) async throws {
        var part = try await open("a")
        try expectEqual(try await part.snapshot(), StoreSnapshot(), "snapshot of an empty store")
        try expectEqual(try await part.count(samples.countBatch(0..<300)), 300, "new tweets")
        try expectEqual(try await part.count(samples.countBatch(300..<301)), 1, "new tweets")
        for _ in 0..<2 {
            let snapshot = try await part.snapshot()
            try expectEqual(snapshot.total, 301, "total")
            var countries = [Int](repeating: 0, count: Country.count)
            for number in 0..<301 { countries[Int(samples.country(number).index)] += 1 }
            try expectEqual(snapshot.countries, countries, "countries")
            try expectEqual(snapshot.weather, [101, 100, 100], "weather")
            let fingerprint = (0..<301).reduce(UInt64(0)) { $0 &+ samples.id($1).fingerprint }
            try expectEqual(snapshot.fingerprint, fingerprint, "fingerprint")
            await part.close()
            part = try await open("a")
        }
        await part.close()
    }

    private static func duplicatesInABatch(_ open: Opening) async throws {
        let part = try await open("a")
        let batch = samples.countBatch([5, 6, 5, 7, 6, 5])
        let applied: Applied = try await answer { part.store.apply(batch, $0) }
        try expectEqual(applied, .counted([true, true, false, true, false, false]), "flags")
        let ids = samples.countBatch([5, 6, 5, 7], ownIDs: true)
        try expectEqual(try await part.count(ids), 3, "new tweets with ids of clients")
        try expectEqual(try await part.snapshot().total, 6, "total")
        await part.close()
    }

    private static func duplicatesAcrossBatches(_ open: Opening) async throws {
        let part = try await open("a")
        try expectEqual(try await part.count(samples.countBatch(0..<100)), 100, "new tweets")
        try expectEqual(try await part.count(samples.countBatch(50..<150)), 50, "new tweets")
        try expectEqual(try await part.count(samples.countBatch(0..<150)), 0, "new tweets")
        let other = Samples(session: TweetID.sessionMask)
        try expectEqual(try await part.count(other.countBatch(0..<100)), 100, "new tweets of another session")
        let far = [0, 1 << 17, 1 << 17 - 1, 1 << 40, 1 << 60 - 1]
        try expectEqual(try await part.count(Samples(session: 0).countBatch(far)), 5, "new tweets far apart")
        try expectEqual(try await part.count(Samples(session: 0).countBatch(far)), 0, "the same again")
        try expectEqual(try await part.snapshot().total, 255, "total")
        await part.close()
    }

    private static func duplicatesAcrossAReopen(_ open: Opening) async throws {
        var part = try await open("a")
        _ = try await part.count(samples.countBatch(0..<100))
        _ = try await part.count(samples.countBatch(0..<100, ownIDs: true))
        let before = try await part.snapshot()
        await part.close()
        part = try await open("a")
        try expectEqual(try await part.snapshot(), before, "snapshot after a reopen")
        try expectEqual(try await part.count(samples.countBatch(90..<110)), 10, "new tweets")
        try expectEqual(try await part.count(samples.countBatch(90..<110, ownIDs: true)), 10, "new tweets")
        try expectEqual(try await part.snapshot().total, 220, "total")
        await part.close()
    }

    private static func clientsIDs(_ open: Opening) async throws {
        let part = try await open("a")
        // Two hours apart: ids of different minutes.
        let numbers = (0..<50).map { $0 * 144_000 }
        try expectEqual(try await part.count(samples.countBatch(numbers, ownIDs: true)), 50, "new tweets")
        try expectEqual(
            try await part.count(samples.countBatch(numbers, ownIDs: false)), 50, "the same numbers of ours")
        try expectEqual(try await part.count(samples.countBatch(numbers.reversed(), ownIDs: true)), 0, "again")
        await part.close()
    }

    private static func offsets(_ open: Opening) async throws {
        var part = try await open("a")
        func apply(_ range: Range<Int>) async throws -> Applied {
            let offsets = Offset(range.lowerBound)..<Offset(range.upperBound)
            return try await answer { part.store.apply(samples.countBatch(range, offsets: offsets), $0) }
        }
        try expectEqual(try await apply(0..<10), .counted(Array(repeating: true, count: 10)), "the first")
        try expectEqual(try await apply(0..<10), .elsewhere(10), "the same again")
        try expectEqual(try await apply(5..<15), .elsewhere(10), "an overlapping one")
        try expectEqual(try await apply(20..<30), .elsewhere(10), "one behind a gap")
        try expectEqual(try await part.snapshot().total, 10, "total")
        await part.close()
        part = try await open("a")
        let offset: Offset? = try await answer { part.store.offset($0) }
        try expectEqual(offset, 10, "offset after a reopen")
        try expectEqual(try await apply(10..<20), .counted(Array(repeating: true, count: 10)), "the next")
        try expectEqual(try await part.snapshot().offset, 20, "offset of the snapshot")
        // Of a queue: no offsets, nothing compared.
        try expectEqual(try await part.count(samples.countBatch(20..<21)), 1, "without offsets")
        try expectEqual(try await part.snapshot().offset, 20, "offset of the snapshot")
        await part.close()
    }

    private static func concurrent(_ open: Opening) async throws {
        let part = try await open("a")
        let new = try await withThrowingTaskGroup(of: Int.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    var new = 0
                    for step in 0..<10 {
                        let start = worker * 50 + step * 10
                        new += try await part.count(samples.countBatch(start..<start + 40))
                    }
                    return new
                }
            }
            return try await group.reduce(0, +)
        }
        try expectEqual(new, 7 * 50 + 90 + 40, "new tweets over all")
        try expectEqual(try await part.snapshot().total, new, "total")
        await part.close()
    }

    private static func overlapping(_ open: Opening) async throws {
        var part = try await open("a")
        var random = SeededRandom(seed: 42)
        var seen: Set<Int> = []
        for round in 0..<60 {
            // Around the border of two blocks of 2^17.
            let start = 1 << 17 - 500 + Int(random.next() % 1000)
            let range = start..<start + Int(random.next() % 200)
            let numbers = range.shuffled(using: &random)
            let new = Set(numbers).subtracting(seen).count
            seen.formUnion(numbers)
            try expectEqual(try await part.count(samples.countBatch(numbers)), new, "new tweets in round \(round)")
            if round % 20 == 19 {
                await part.close()
                part = try await open("a")
            }
        }
        try expectEqual(try await part.snapshot().total, seen.count, "total")
        await part.close()
    }

    private static func fingerprints(_ open: Opening) async throws {
        let (one, two) = (try await open("one"), try await open("two"))
        var random = SeededRandom(seed: 1)
        _ = try await one.count(samples.countBatch(0..<500))
        _ = try await one.count(samples.countBatch(0..<20, ownIDs: true))
        _ = try await two.count(samples.countBatch(0..<20, ownIDs: true))
        let order = Array(0..<500).shuffled(using: &random)
        for start in stride(from: 0, to: 500, by: 50) {
            _ = try await two.count(samples.countBatch(order[max(0, start - 10)..<start + 50]))
        }
        let (first, second) = (try await one.snapshot(), try await two.snapshot())
        try expectEqual(first.total, 520, "total")
        try expectEqual(first.fingerprint, second.fingerprint, "fingerprints of the same tweets")
        try expectEqual(first.countries, second.countries, "countries of the same tweets")
        _ = try await two.count(samples.countBatch(500..<501))
        let third = try await two.snapshot().fingerprint
        try expect(third != first.fingerprint, "one tweet more has the same fingerprint")
        await one.close()
        await two.close()
    }

    private static func recent(_ open: Opening) async throws {
        let part = try await open("a")
        _ = try await part.count(samples.countBatch(0..<3))
        _ = try await part.count(samples.countBatch(3..<6))
        try expectEqual(try await part.snapshot().recent, (0..<6).map { samples.line($0) }, "recent tweets")
        _ = try await part.count(samples.countBatch(6..<106))
        try expectEqual(try await part.snapshot().recent, (86..<106).map { samples.line($0) }, "recent tweets")
        await part.close()
    }

    private static func large(_ open: Opening) async throws {
        let part = try await open("a")
        try expectEqual(try await part.count(samples.countBatch(0..<10_000)), 10_000, "new tweets")
        try expectEqual(try await part.count(samples.countBatch(0..<10_000, ownIDs: true)), 10_000, "new tweets")
        try expectEqual(try await part.snapshot().total, 20_000, "total")
        await part.close()
    }
}
