package import Tweets

/// What a crash between two commits leaves in one leg only, and what to do about it.
package enum Levelling {
    /// The batches that one leg has and the other lacks.
    ///
    /// Every batch is published to both legs, so after a crash the last few may stand in one only. They were never
    /// answered, but a count that only one side has would break the comparison. They are published to the other leg
    /// before intake opens; one too many is harmless, because the sink counts an id once.
    ///
    /// - Parameters: the last batches of each leg, oldest first. A leg whose tail begins later than the other's lacks nothing of
    ///   what lies before: batches older than both legs' window of batches under way were in both.
    package static func missing(
        kafka: [Batch], rabbitmq: [Batch]
    ) -> (forKafka: [Batch], forRabbitmq: [Batch]) {
        (lacking(kafka, from: rabbitmq), lacking(rabbitmq, from: kafka))
    }

    private static func lacking(_ leg: [Batch], from other: [Batch]) -> [Batch] {
        let has = Set(leg.map(\.bytes))
        return other.filter { !has.contains($0.bytes) }
    }
}
