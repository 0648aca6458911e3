/// The id of a tweet: 128 bits, written as a UUID.
///
/// Two kinds exist. *Ours* are UUIDv8: 60 bits of sequence number before and between version and variant, 62 bits of
/// session behind them, so that the ids of a batch are one range and "seen" is one bit a tweet. *The client's own* are
/// UUIDv7, whose first 48 bits are the time in milliseconds, so that "seen before" can be decided within a window.
package struct TweetID: Hashable, Sendable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    /// One of ours.
    /// - Parameters:
    ///   - session: random, new at every start of a gateway; the lower 62 bits count.
    ///   - sequence: from 0 up; the lower 60 bits count.
    package init(session: UInt64, sequence: UInt64) {
        high = (sequence >> 12) << 16 | 0x8000 | sequence & 0xfff
        low = 1 << 63 | session & Self.sessionMask
    }

    /// 7 for a client's own, 8 for one of ours; others are refused at the door.
    package var version: Int { Int(high >> 12 & 0xf) }

    /// Whether the gateway made it: a UUIDv8.
    package var isOurs: Bool { version == 8 && low >> 62 == 2 }

    /// Whether a client may have made it: a UUIDv7.
    package var isClients: Bool { version == 7 && low >> 62 == 2 }

    /// Of one of ours: 62 bits.
    package var session: UInt64 { low & Self.sessionMask }

    /// Of one of ours: 60 bits.
    package var sequence: UInt64 { (high >> 16) << 12 | high & 0xfff }

    /// Of a client's own: milliseconds since 1970.
    package var clientMilliseconds: Int64 { Int64(high >> 16) }

    package static let sessionMask: UInt64 = 1 << 62 - 1
}

extension TweetID {
    /// 64 well-mixed bits of the id; their wrapping sum over a set of ids tells whether two stores counted the same
    /// tweets. The finalizer of SplitMix64 (Steele, Lea, Flood 2014), applied to both halves.
    package var fingerprint: UInt64 {
        func mix(_ value: UInt64) -> UInt64 {
            var z = value &+ 0x9e37_79b9_7f4a_7c15
            z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
            return z ^ z >> 31
        }
        return mix(high &+ mix(low))
    }
}
