/// Reads tweets: at the door from a client's body into a batch, behind a broker from a batch into columns.
///
/// A strict reader of RFC 8259 over raw bytes, in one pass, without an allocation a tweet. It has no state: one
/// serves many threads.
package struct TweetReader: Sendable {
    package let limits: ReaderLimits

    package init(limits: ReaderLimits = ReaderLimits()) { self.limits = limits }

    /// Reads a body: one object, an array, or objects on lines. Adds the canonical JSON of its tweets to `batch`.
    ///
    /// Of an array or of lines, elements that are JSON but not tweets are rejected and the others kept. On `.refused`
    /// batch and ids are as they were.
    /// - Parameters:
    ///   - acceptedAt: milliseconds since 1970, between 0 and 2^53 (a value outside is taken as the nearest).
    ///   - key: the `Idempotency-Key` of a single tweet: a UUIDv7; equal to the id in the body if both are given.
    ///   - ids: makes the ids of tweets that come without one.
    package func read(
        _ body: Span<UInt8>, acceptedAt: Int64, key: TweetID? = nil, ids: inout IDMaker, into batch: inout Batch
    ) -> Reading {
        let before = (count: batch.count, ids: ids)
        do throws(TweetError) {
            return try unsafe body.withUnsafeBufferPointer { buffer throws(TweetError) in
                let scanner = unsafe Scanner(source: Source(buffer), at: 0)
                var reader = BodyReader(scanner: scanner, limits: limits, acceptedAt: acceptedAt, key: key)
                return try reader.read(&ids, &batch)
            }
        } catch {
            batch.truncate(to: before.count)
            ids = before.ids
            return .refused(error)
        }
    }
}
