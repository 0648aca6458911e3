package import Tweets

/// After a crash between the commits of the two legs: which batches one leg has and the other lacks.
///
/// Every batch is published to both legs, so their newest rows are the same but for what was unanswered when the
/// process died: less than 256 publishes and 32 MiB in a leg. So only the newest `window` of each tail is looked
/// at, and it is looked for in the whole tail of the other, which is twice as long: a row that was stored in both is
/// found though the tails begin at different places, and a row that one lacks is among the newest of the other.
/// Publishing a batch again that is there after all does no harm: the stores have seen its ids.
package enum Levelling {
    /// Rows and bytes at the end of a tail that may be missing in the other leg.
    package static let window = TailBound(rows: 256, bytes: 32 << 20)

    /// - Parameters: the newest batches of each leg, oldest first, as `tail()` gives them.
    /// - Returns: what to publish to each leg, in the order in which the other has it.
    package static func missing(
        kafka: [Batch], rabbitmq: [Batch], window: TailBound = window
    ) -> (forKafka: [Batch], forRabbitmq: [Batch]) {
        (
            forKafka: missing(in: kafka, newest: newest(rabbitmq, window)),
            forRabbitmq: missing(in: rabbitmq, newest: newest(kafka, window))
        )
    }

    private static func missing(in tail: [Batch], newest: ArraySlice<Batch>) -> [Batch] {
        let present = Set(tail.lazy.map(\.bytes))
        return newest.filter { !present.contains($0.bytes) }
    }

    /// The end of a tail: until one of the bounds is passed.
    private static func newest(_ tail: [Batch], _ window: TailBound) -> ArraySlice<Batch> {
        var bytes = 0
        var start = tail.count
        while start > 0, tail.count - start < window.rows, bytes < window.bytes {
            start -= 1
            bytes += tail[start].bytes.count
        }
        return tail[start...]
    }
}

/// How many of the newest rows a leg keeps for levelling, whatever else may be deleted.
package struct TailBound: Sendable {
    package var rows = 512
    package var bytes = 64 << 20
    package init() {}
    package init(rows: Int, bytes: Int) { (self.rows, self.bytes) = (rows, bytes) }
}
