import Embedded
import Pipeline
import SQLite
import TestKit
import Testing
import Tweets

private let samples = Samples()

@Suite struct StoreTests {
    @Test func theJournalSaysWhatWasCountedInOrder() async throws {
        let folder = try Folder()
        let store = try EmbeddedStore.open(folder)
        _ = try await store.part.count(samples.countBatch(0..<10))
        _ = try await store.part.count(samples.countBatch([5, 20, 21, 22, 7, 30]))
        _ = try await store.part.count(samples.countBatch([1, 2, 1], ownIDs: true))
        _ = try await store.part.count(samples.countBatch(40..<42))
        await store.end()
        let file = try folder.sqlite("counts.db")
        let runs = try file.prepare("SELECT position, session, first, count FROM counted ORDER BY position")
        var found: [[Int64]] = []
        while try runs.step() { found.append((0..<4).map { runs.integer($0) }) }
        #expect(found == [[0, 7, 0, 10], [10, 7, 20, 3], [13, 7, 30, 1], [16, 7, 40, 2]])
        let ids = try file.prepare("SELECT position, hex(id) FROM counted_ids ORDER BY position")
        var texts: [String] = []
        while try ids.step() { texts.append("\(ids.integer(0)) \(ids.text(1))") }
        #expect(texts == [1, 2].map { "\(13 + $0) \(hex(samples.clientID($0)))" })
        let total = try file.integer("SELECT value FROM state WHERE name = 'total'")
        #expect(total == 18)
    }

    @Test func theBitmapsAreAsDocumented() async throws {
        let folder = try Folder()
        let store = try EmbeddedStore.open(folder)
        _ = try await store.part.count(samples.countBatch([0, 9, 1 << 17 + 3]))
        await store.end()
        let file = try folder.sqlite("counts.db")
        let blocks = try file.prepare("SELECT session, block, bits FROM seen ORDER BY block")
        for (block, bytes) in [[0x80, 0x40], [0x10, 0]].enumerated() as EnumeratedSequence<[[UInt8]]> {
            let isThere = try blocks.step()
            #expect(isThere)
            let (session, number, bits) = (blocks.integer(0), blocks.integer(1), blocks.bytes(2))
            #expect(session == 7 && number == block && bits.count == 16_384)
            #expect(Array(bits[..<2]) == bytes && bits[2...].allSatisfy { $0 == 0 })
        }
    }

    @Test func aFailedTransactionCountsNothing() async throws {
        let folder = try Folder()
        var store = try EmbeddedStore.open(folder, change: { $0.storage.pagesMax = 40 })
        _ = try await store.part.count(samples.countBatch(0..<10))
        let before = try await store.part.snapshot()
        // Blocks of 16 KiB each, more than there is room for.
        let far = samples.countBatch((0..<100).map { $0 << 17 + 500 })
        for _ in 0..<2 {
            let applied: Applied = try await answer { store.apply(far, $0) }
            guard case .unavailable = applied else { throw Failure("\(applied)") }
        }
        #expect(try await store.part.snapshot() == before)
        #expect(try await store.part.count(samples.countBatch(0..<12)) == 2, "what is in memory was not spoilt")
        await store.end()
        store = try EmbeddedStore.open(folder)
        #expect(try await store.part.count(far) == 100)
        #expect(try await store.part.snapshot().total == 112)
        await store.end()
    }

    @Test func whatWasSeenExpiresADayAfterItsLastUse() async throws {
        let folder = try Folder()
        let clock = ManualClock()
        let store = try EmbeddedStore.open(folder, clock: clock.read)
        _ = try await store.part.count(samples.countBatch(0..<10))
        _ = try await store.part.count(Samples(session: 8).countBatch(0..<10))
        _ = try await store.part.count(samples.countBatch(0..<10, ownIDs: true))
        clock.move(.seconds(20 * 3600))
        _ = try await store.part.count(samples.countBatch(5..<15))
        clock.move(.seconds(20 * 3600))
        let other = Samples(session: 9)
        for number in 0..<4 { _ = try await store.part.count(other.countBatch(number..<number + 1)) }
        #expect(try await store.part.count(samples.countBatch(0..<15)) == 0, "used within a day")
        #expect(try await store.part.snapshot().total == 39)
        await store.end()
        let file = try folder.sqlite("counts.db")
        var left: [Int64?] = []
        for table in ["seen WHERE session = 8", "ids", "buckets", "counted WHERE position < 20", "counted_ids"] {
            left.append(try file.integer("SELECT count(*) FROM \(table)"))
        }
        #expect(left == [0, 0, 0, 0, 0])
    }

    /// What a leg delivers again after a long pause must be known, though it is older than a day.
    @Test func nothingExpiresRightAfterTheStart() async throws {
        let folder = try Folder()
        let clock = ManualClock()
        var store = try EmbeddedStore.open(folder, clock: clock.read)
        _ = try await store.part.count(samples.countBatch(0..<10, ownIDs: true))
        await store.end()
        clock.move(.seconds(3 * 86_400))
        store = try EmbeddedStore.open(folder, clock: clock.read)
        for _ in 0..<3 { _ = try await store.part.count(samples.countBatch(0..<10)) }
        #expect(try await store.part.count(samples.countBatch(0..<10, ownIDs: true)) == 0)
        await store.end()
    }

    @Test func oldMinutesAreAddedUp() async throws {
        let folder = try Folder()
        let clock = ManualClock()
        var store = try EmbeddedStore.open(folder, clock: clock.read)
        for number in 0..<5 { _ = try await store.part.count(samples.countBatch([number * 60_000])) }
        clock.move(.seconds(8 * 86_400))
        var late = Samples(session: 1)
        late.start = clock.read()
        _ = try await store.part.count(late.countBatch(0..<3))
        await store.end()
        store = try EmbeddedStore.open(folder)
        #expect(try await store.part.snapshot().minutesTotal == 8)
        await store.end()
        let file = try folder.sqlite("counts.db")
        let minutes = try file.prepare("SELECT minute, count FROM minutes ORDER BY minute")
        var found: [[Int64]] = []
        while try minutes.step() { found.append([minutes.integer(0), minutes.integer(1)]) }
        #expect(found == [[-1, 5], [clock.read() / 60_000, 3]])
    }

    @Test func tooManyBatchesAreUnavailableAtOnce() async throws {
        let folder = try Folder()
        let store = try EmbeddedStore.open(folder, change: { $0.appliesMax = 4 })
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

    private func hex(_ id: TweetID) -> String {
        func digits(_ half: UInt64) -> String {
            let text = String(half, radix: 16, uppercase: true)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        return digits(id.high) + digits(id.low)
    }
}
