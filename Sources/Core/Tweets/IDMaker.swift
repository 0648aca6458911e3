/// Makes the ids of tweets that came without one: one session, consecutive sequence numbers.
package struct IDMaker: Sendable {
    /// Random, new at every start of a gateway; the lower 62 bits count.
    package let session: UInt64
    /// The sequence number of the next id.
    package var next: UInt64

    package init(session: UInt64, next: UInt64 = 0) { (self.session, self.next) = (session, next) }

    /// The next id.
    package mutating func make() -> TweetID {
        defer { next &+= 1 }
        return TweetID(session: session, sequence: next)
    }
}
