/// What one count store holds, as one read transaction shows it.
struct StoreFacts {
    var total = 0
    var offset = 0
    var fingerprint: Int64 = 0
    var countries = [Int](repeating: 0, count: CountryCodes.count)
    var weathers = [Int](repeating: 0, count: WeatherCodes.names.count)
    var minutesTotal = 0
    /// By the bitmaps and the clients' ids: what the store would leave out if it came again.
    var seen = IDSet()
    /// By the journal: what was counted, and what was counted more than once.
    var journal = IDSet()
    var repeated = IDSet()
    /// Entries of the journal beyond the first for the same tweet.
    var journalTweets = 0
    /// The journal tells of the tweets from this position on; above 0 when older entries have expired.
    var journalStart = 0
    /// When the first entry of the journal was counted: milliseconds since 1970.
    var journalSince: Int?
    /// What contradicts the documented form, in words.
    var flaws: [String] = []

    /// The journal tells of everything that was ever counted.
    var isComplete: Bool { journalStart == 0 }

    /// Everything that any trace says was counted.
    var counted: IDSet { isComplete ? journal : journal.union(seen) }
}

/// What lies in a leg and is not counted yet, or never will be.
struct LegFacts {
    /// Tweets that wait for the consumer.
    var backlog = IDSet()
    var backlogTweets = 0
    var deadLetters = IDSet()
    var deadLetterCount = 0
    /// Waiting lines whose id cannot be read.
    var unreadable = 0
}
