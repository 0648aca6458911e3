package import Pipeline

/// Bounds of an embedded leg.
package struct LegSettings: Sendable {
    /// Bytes that may wait uncounted before publishing is refused (one batch is taken whatever its size); the log also
    /// keeps counted ones up to here.
    package var bytesMax = 4 << 30
    /// The log deletes counted batches older than this.
    package var ageMax = Duration.seconds(7 * 86_400)
    /// Publishes that may be unanswered at once, and their bytes; more are refused with `unavailable`.
    ///
    /// After a crash the legs may differ by what was unanswered, so `tail` must hold twice of both.
    package var publishesMax = 256
    package var publishBytesMax = 32 << 20
    /// Bytes of the newest batches that are kept in memory for the consumer.
    package var memoryBytesMax = 16 << 20
    /// Newest rows that are kept on disk whether counted or not, for `Levelling`.
    package var tail = TailBound()
    /// The queue: a batch that was handed out so often without being settled becomes a dead letter.
    package var deliveryLimit = 20
    /// The queue: deliveries that may be handed out and not settled; then `receive` waits.
    package var unsettledDeliveriesMax = 1024
    /// Dead letters that are kept; then `bury` answers false until an operator has looked at them and removed them.
    package var deadLettersMax = 100_000
    package var storage: StorageOptions

    package init(storage: StorageOptions) { self.storage = storage }
}
