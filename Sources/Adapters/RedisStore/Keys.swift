/// The names of all keys. One hash tag, so that they lie in one slot of a cluster and one script may touch them all.
enum Keys {
    static let tag = "{tweets}"

    /// Tweets counted.
    static let total = tag + ":total"
    /// The offset up to which the log is counted.
    static let offset = tag + ":offset"
    /// The wrapping 64-bit sum of all fingerprints, as 16 hexadecimal digits.
    static let fingerprint = tag + ":fingerprint"
    /// A hash: alpha-2 code of the country → count.
    static let countries = tag + ":countries"
    /// A hash: canonical word → count.
    static let weather = tag + ":weather"
    /// A hash: minute of acceptance, since 1970 → count; -1 holds the old ones together.
    static let minutes = tag + ":minutes"
    /// A list: the last tweets, newest last.
    static let recent = tag + ":recent"
    /// What is counted here; see `RedisStoreSettings.source`.
    static let source = tag + ":source"

    /// A bitmap, as `SETBIT` numbers it: sequence number `block << 17 + i` of the session was counted when bit i is 1.
    static func seen(session: UInt64, block: UInt64) -> String { "\(tag):seen:\(session):\(block)" }

    /// A set of 16-byte ids that clients brought, by the minute of the id's own time.
    static func ids(minute: Int64) -> String { "\(tag):ids:\(minute)" }
}
