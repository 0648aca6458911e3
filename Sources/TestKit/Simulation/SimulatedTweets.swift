package import Tweets

/// Canonical tweets for simulations and contract suites.
package enum SimulatedTweets {
    private static let countries = ["GT", "ES", "US", "MX"]
    private static let weathers = ["rainy", "cloudy", "sunny"]

    /// Their canonical JSON.
    package static func batch(_ ids: [TweetID]) -> Batch {
        var batch = Batch()
        for id in ids { batch.append(line(id).utf8) }
        return batch
    }

    /// Country and weather follow from the id.
    package static func line(_ id: TweetID) -> String {
        let dice = Int(id.fingerprint >> 33)
        return #"{"id":"\#(id)","accepted":1732492800000,"country":"\#(countries[dice % 4])","#
            + #""weather":"\#(weathers[dice / 4 % 3])","description":"t"}"#
    }

    /// An id as a client makes it.
    package static func clientID(_ number: Int) -> TweetID {
        TweetID(high: 1_732_492_800_000 << 16 | 0x7000 | UInt64(number) & 0xfff, low: 1 << 63 | UInt64(number))
    }

    /// An id that nobody sent.
    package static func invented(_ number: Int) -> TweetID {
        TweetID(session: 0xdead, sequence: UInt64(number))
    }
}
