import Embedded
import Pipeline
import TestKit
import Testing
import Tweets

private let samples = Samples()

@Suite struct LevellingTests {
    private func tail(_ numbers: some Sequence<Int>) -> [Batch] { numbers.map { samples.batch($0..<$0 + 2) } }

    private func missing(_ kafka: [Batch], _ rabbitmq: [Batch], rows: Int = 4) -> [[Batch]] {
        let found = Levelling.missing(kafka: kafka, rabbitmq: rabbitmq, window: TailBound(rows: rows, bytes: 1 << 20))
        return [found.forKafka, found.forRabbitmq]
    }

    @Test func nothingIsMissingInEqualTails() {
        #expect(missing([], []) == [[], []])
        #expect(missing(tail(0..<8), tail(0..<8)) == [[], []])
    }

    @Test func whatOneLegLacksIsNamedInOrder() {
        #expect(missing(tail(0..<8), tail(0..<6)) == [[], tail(6..<8)])
        #expect(missing(tail(0..<5), tail(0..<8)) == [tail(5..<8), []])
        #expect(missing([], tail(0..<3)) == [tail(0..<3), []])
    }

    @Test func eachMayLackSomething() {
        #expect(missing(tail([0, 1, 2, 4]), tail([0, 1, 2, 3, 5])) == [tail([3, 5]), tail([4])])
    }

    /// Both tails are full (8 rows) and begin at different places: what lies before the other's begin is no gap.
    @Test func tailsThatBeginAtDifferentPlaces() {
        #expect(missing(tail(0..<8), tail(3..<11)) == [tail(8..<11), []])
        #expect(missing(tail(4..<12), tail(2..<10)) == [[], tail(10..<12)])
    }

    /// A batch that was published again stands at another place; that is not missing, now or at the next start.
    @Test func levelledTailsStayLevelled() {
        let (kafka, rabbitmq) = (tail([0, 1, 2, 3, 4, 5]), tail([0, 1, 3, 4]))
        let found = missing(kafka, rabbitmq)
        #expect(found == [[], tail([2, 5])])
        #expect(missing(kafka, rabbitmq + found[1]) == [[], []])
    }

    @Test func theWindowIsBoundedByBytesToo() {
        let size = tail(0..<1)[0].bytes.count
        let window = TailBound(rows: 100, bytes: 3 * size - 1)
        let found = Levelling.missing(kafka: tail(0..<8), rabbitmq: [], window: window)
        #expect(found.forRabbitmq == tail(5..<8), "the row that passes the bound belongs to it")
    }

    @Test func alikeButNotTheSame() {
        let (one, two) = (samples.batch(0..<3), samples.batch(0..<2))
        #expect(missing([one], [two]) == [[two], [one]], "the same first tweet is not the same batch")
    }

    /// The whole of it: a kill between the two commits, a restart, both legs have the same tweets.
    @Test func aKillBetweenTheCommits() async throws {
        let folder = try Folder()
        var (log, queue) = (try EmbeddedLog.open(folder), try EmbeddedQueue.open(folder))
        for number in 0..<10 {
            if number != 8 { try await log.part.store(samples.batch(number..<number + 1)) }
            if number != 9 { try await queue.part.store(samples.batch(number..<number + 1)) }
        }
        _ = try await queue.part.read(9)
        await log.end()
        await queue.end()
        (log, queue) = (try EmbeddedLog.open(folder), try EmbeddedQueue.open(folder))
        let missing = Levelling.missing(kafka: try log.tail(), rabbitmq: try queue.tail())
        #expect(missing.forKafka == [samples.batch(8..<9)] && missing.forRabbitmq == [samples.batch(9..<10)])
        for batch in missing.forKafka { try await log.part.store(batch) }
        for batch in missing.forRabbitmq { try await queue.part.store(batch) }
        let again = Levelling.missing(kafka: try log.tail(), rabbitmq: try queue.tail())
        #expect(again.forKafka.isEmpty && again.forRabbitmq.isEmpty)
        #expect(try await queue.part.read(1).bytes == samples.batch(9..<10).bytes)
        await log.end()
        await queue.end()
    }
}
