import TestKit
import Testing
import Tweets

@Suite struct BatchTests {
    private func batch(_ lines: String...) -> Batch {
        var batch = Batch()
        for line in lines { batch.append(line.utf8) }
        return batch
    }

    private func lines(of batch: Batch) -> [String] {
        (0..<batch.count).map { String(decoding: batch.bytes[batch.range(of: $0)], as: UTF8.self) }
    }

    @Test func appendsAndTruncates() {
        var many = batch("a", "", "ccc")
        #expect(lines(of: many) == ["a", "", "ccc"])
        #expect(many.bytes == Array("a\n\nccc\n".utf8))
        many.truncate(to: 3)
        #expect(many.count == 3)
        many.truncate(to: 1)
        #expect(many == batch("a"))
        many.truncate(to: 0)
        #expect(many == Batch())
        #expect(many.isEmpty)
    }

    @Test func joinsBatches() {
        var first = batch("a", "bb")
        first.append(batch("ccc", "d"))
        #expect(first == batch("a", "bb", "ccc", "d"))
    }

    /// Newlines at every place around the sixteen bytes of a step, against the plain way.
    @Test func cutsLines() {
        var random = SeededRandom(seed: 2)
        for count in 0..<70 {
            for _ in 0..<8 {
                let bytes =
                    (0..<count).map { _ in [10, 11, 9, 0x8a, 0x0b, 0x61].randomElement(using: &random) ?? 0 } as [UInt8]
                let cut = Batch(lines: bytes)
                var expected = bytes.split(separator: 10, omittingEmptySubsequences: false)
                if expected.last?.isEmpty == true { expected.removeLast() }
                #expect((0..<cut.count).map { Array(cut.bytes[cut.range(of: $0)]) } == expected.map(Array.init))
                #expect(cut.bytes.last == (count == 0 ? nil : 10))
            }
        }
    }

    @Test func theLastLineNeedsNoNewline() {
        #expect(Batch(lines: Array("a\nb".utf8)) == Batch(lines: Array("a\nb\n".utf8)))
        #expect(Batch(lines: Array("a\nb".utf8)) == batch("a", "b"))
    }
}
