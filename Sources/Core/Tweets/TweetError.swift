/// Why a body, or one tweet of it, was refused.
package struct TweetError: Error, Sendable {
    package enum Kind: Sendable {
        /// Not JSON in UTF-8, or neither an object, an array nor lines of objects.
        case malformed
        /// JSON, but not a tweet.
        case invalid
        /// More tweets than one body may bring, or than the batch has room for.
        case tooMany
    }

    package let kind: Kind
    /// "description", "country", "weather" or "id", when it is about one of them.
    package let field: StaticString?
    /// Offset in bytes from the start of the body.
    package let position: Int
    /// What is wrong, in plain words, made to stand behind the name of the field.
    package let message: StaticString

    package init(kind: Kind, field: StaticString? = nil, position: Int, message: StaticString) {
        (self.kind, self.field, self.position, self.message) = (kind, field, position, message)
    }
}

extension TweetError: Equatable {
    package static func == (left: Self, right: Self) -> Bool {
        left.kind == right.kind && left.position == right.position
            && left.field?.description == right.field?.description
            && left.message.description == right.message.description
    }
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
    package var descriptionMax = 1024
    /// The most tweets in one body, rejected ones included.
    package var tweetsMax = 10_000
    /// How far the time inside a client's id may lie before the time of acceptance. It is the window of the dedup.
    package var windowBackMilliseconds: Int64 = 15 * 60_000
    /// How far it may lie after it: clocks differ.
    package var windowAheadMilliseconds: Int64 = 60_000

    package init() {}
}
