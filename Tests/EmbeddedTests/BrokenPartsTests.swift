import Embedded
import Pipeline
import Synchronization
import TestKit
import Testing
import Tweets

/// The contract suites must see a broken part: each of these breaks one promise.
@Suite struct BrokenPartsTests {
    @Test func aLegThatLosesATweetIsSeen() async throws {
        let contracts: [LegContract] = [
            .whatWasPublishedComesBackByteExact, .concurrentPublishesAllArrive, .aBacklogIsReadBackAfterAReopen,
        ]
        for contract in contracts {
            let folder = try Folder()
            await #expect(throws: Failure.self, "\(contract)") {
                try await contract.check {
                    var part = try EmbeddedQueue.open(folder).part
                    part.leg = Losing(leg: part.leg)
                    return part
                }
            }
        }
    }

    @Test func aLegThatForgetsOnReopeningIsSeen() async throws {
        for contract in [
            LegContract.unsettledComesAgainAfterAReopen, .aBacklogIsReadBackAfterAReopen, .deadLettersAreKept,
        ] {
            let folders = Mutex<[Folder]>([])
            await #expect(throws: Failure.self, "\(contract)") {
                try await contract.check {
                    let folder = try Folder()
                    folders.withLock { $0.append(folder) }
                    return try EmbeddedLog.open(folder).part
                }
            }
        }
    }

    @Test func aStoreThatCountsTwiceIsSeen() async throws {
        let contracts: [StoreContract] = [
            .duplicatesInABatchCountOnce, .duplicatesAcrossBatchesCountOnce, .duplicatesAcrossAReopenCountOnce,
            .clientsIDsCountOnce, .overlappingRedeliveriesCountOnce, .concurrentBatchesCountOnce,
        ]
        for contract in contracts {
            let folder = try Folder()
            await #expect(throws: Failure.self, "\(contract)") {
                try await contract.check {
                    var part = try EmbeddedStore.open(folder, $0).part
                    part.store = Doubling(store: part.store)
                    return part
                }
            }
        }
    }

    @Test func aStoreThatIgnoresOffsetsIsSeen() async throws {
        let folder = try Folder()
        await #expect(throws: Failure.self) {
            try await StoreContract.offsetsAreComparedAndSet.check {
                var part = try EmbeddedStore.open(folder, $0).part
                part.store = Doubling(store: part.store, givesNewIDs: false, dropsOffsets: true)
                return part
            }
        }
    }
}

/// Publishes all tweets of a batch but the last one.
private struct Losing: Leg {
    let leg: any Leg

    func publish(_ batch: Batch, _ done: @escaping @Sendable (Receipts) -> Void) {
        var batch = batch
        batch.truncate(to: max(1, batch.count - 1))
        leg.publish(batch, done)
    }
}

/// Forgets what it saw: every tweet gets a new id.
private final class Doubling: CountStore {
    private let store: any CountStore
    private let givesNewIDs: Bool
    private let dropsOffsets: Bool
    private let next = Atomic<UInt64>(0)

    init(store: any CountStore, givesNewIDs: Bool = true, dropsOffsets: Bool = false) {
        (self.store, self.givesNewIDs, self.dropsOffsets) = (store, givesNewIDs, dropsOffsets)
    }

    func apply(_ batch: CountBatch, _ done: @escaping @Sendable (Applied) -> Void) {
        var batch = batch
        if givesNewIDs {
            batch.columns.ids = batch.columns.ids.map { _ in
                let sequence = next.add(1, ordering: .relaxed).oldValue
                return TweetID(session: UInt64.random(in: 0...TweetID.sessionMask), sequence: sequence)
            }
        }
        if dropsOffsets { batch.offsets = nil }
        store.apply(batch, done)
    }

    func offset(_ done: @escaping @Sendable (Offset?) -> Void) { store.offset(done) }
    func snapshot(_ done: @escaping @Sendable (StoreSnapshot?) -> Void) { store.snapshot(done) }
}
