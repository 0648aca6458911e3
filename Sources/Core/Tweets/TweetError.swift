/// Why a body, or one tweet of it, was refused. Small, for the hot path throws and remembers it.
package struct TweetError: Error, Sendable, Equatable {
    /// Whether it is not JSON, not a tweet, or too many.
    package enum Kind: UInt8, Sendable {
        /// Not JSON in UTF-8, or neither an object, an array nor lines of objects.
        case malformed
        /// JSON, but not a tweet.
        case invalid
        /// More tweets than one body may bring, or than the batch has room for.
        case tooMany
    }

    /// Offset in bytes from the start of the body.
    package let position: Int
    package let kind: Kind
    private let subject: Field?
    private let complaint: Complaint

    /// Malformed.
    init(_ complaint: Complaint, at position: Int) { self.init(.malformed, complaint, at: position) }

    init(_ kind: Kind, _ complaint: Complaint, _ field: Field? = nil, at position: Int) {
        (self.kind, self.complaint, self.subject, self.position) = (kind, complaint, field, position)
    }

    /// "description", "country", "weather" or "id", when it is about one of them.
    package var field: StaticString? { subject?.name }

    /// What is wrong, in plain words, made to stand behind the name of the field where there is one.
    package var message: StaticString { complaint.words }
}

/// One tweet of an array or of lines that was refused while others were taken.
package struct Rejection: Sendable, Equatable {
    /// Its place among the elements of the body, from 0.
    package let index: Int
    package let error: TweetError

    package init(index: Int, error: TweetError) { (self.index, self.error) = (index, error) }
}

/// What became of a body.
package enum Reading: Sendable {
    /// One object, now the last tweet of the batch.
    case single(TweetID)
    /// An array, or several lines: `count` tweets are in the batch, in the body's order without the rejected ones.
    /// `made` are the ids given to those that came without one: consecutive from `first` on; nil when there are none.
    case many(count: Int, rejected: [Rejection], made: (first: TweetID, count: Int)?)
    /// Nothing of it is in the batch.
    case refused(TweetError)
}

/// What a reader takes.
package struct ReaderLimits: Sendable {
    /// The longest description, in Unicode scalars.
    package var descriptionMax: Int
    /// The most tweets in one body, rejected ones included.
    package var tweetsMax: Int
    /// How far the time inside a client's id may lie before the time of acceptance. It is the window of the dedup.
    package var windowBackMilliseconds: Int64
    /// How far it may lie after it: clocks differ.
    package var windowAheadMilliseconds: Int64

    /// All in their defaults, but for what is given.
    package init(
        descriptionMax: Int = 1024, tweetsMax: Int = 10_000, windowBackMilliseconds: Int64 = 15 * 60_000,
        windowAheadMilliseconds: Int64 = 60_000
    ) {
        (self.descriptionMax, self.tweetsMax) = (descriptionMax, tweetsMax)
        self.windowBackMilliseconds = windowBackMilliseconds
        self.windowAheadMilliseconds = windowAheadMilliseconds
    }
}
