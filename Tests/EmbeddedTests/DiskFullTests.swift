import Embedded
import Foundation
import Pipeline
import TestKit
import Testing
import Tweets

private let samples = Samples()

/// A disk that is really full: a small file system in memory.
@Suite struct DiskFullTests {
    static let reason: Comment = "only root may mount a small file system to fill"
    static var isRoot: Bool { getuid() == 0 }

    private func disk() throws -> Folder {
        guard let folder = try Folder(kilobytes: 8192) else { throw Failure("tmpfs could not be mounted") }
        return folder
    }

    /// Fills what is left, so that the next write fails; gone when removed.
    private func fill(_ folder: Folder) throws -> String {
        let path = folder.path + "/filler"
        try #require(FileManager.default.createFile(atPath: path, contents: nil))
        let file = try #require(FileHandle(forWritingAtPath: path))
        for size in [1 << 16, 1 << 12] {
            while (try? file.write(contentsOf: Data(count: size))) != nil {}
        }
        return path
    }

    @Test(.enabled(if: isRoot, reason)) func theLegsSayUnavailableLoseNothingAndHeal() async throws {
        let folder = try disk()
        let parts = [try EmbeddedLog.open(folder).part, try EmbeddedQueue.open(folder).part]
        var stored = [0, 0]
        for (place, part) in parts.enumerated() {
            try await part.store(samples.batch(0..<100))
            stored[place] = 1
        }
        let filler = try fill(folder)
        for (place, part) in parts.enumerated() {
            // The write-ahead log has some room of its own; then it is over.
            var receipts: Receipts = .all(.stored)
            while receipts == .all(.stored) {
                try #require(stored[place] < 10_000, "a full disk never refused")
                receipts = try await answer { part.leg.publish(samples.batch(0..<100), $0) }
                if receipts == .all(.stored) { stored[place] += 1 }
            }
            #expect(receipts != .all(.rejected))
        }
        try FileManager.default.removeItem(atPath: filler)
        for (place, part) in parts.enumerated() {
            try await part.store(samples.batch(0..<100))
            stored[place] += 1
            let bytes = try await part.read(stored[place] * 100).bytes
            #expect(bytes.count == stored[place] * samples.batch(0..<100).bytes.count)
            await part.close()
        }
    }

    @Test(.enabled(if: isRoot, reason)) func aStoreIsUnavailableCountsNothingAndHeals() async throws {
        let folder = try disk()
        let store = try EmbeddedStore.open(folder).part
        _ = try await store.count(samples.countBatch(0..<10))
        let filler = try fill(folder)
        var next = 10
        while true {
            try #require(next < 10_000, "a full disk never refused")
            let batch = samples.countBatch((0..<10).map { (next + $0) << 17 })
            let applied: Applied = try await answer { store.store.apply(batch, $0) }
            guard case .counted = applied else { break }
            next += 10
        }
        let before = try await store.snapshot()
        #expect(before.total == next)
        try FileManager.default.removeItem(atPath: filler)
        #expect(try await store.count(samples.countBatch((0..<10).map { (next + $0) << 17 })) == 10)
        #expect(try await store.snapshot().total == next + 10)
        await store.close()
    }
}
