/// What a leg answers for one tweet of a batch.
package enum Receipt: UInt8, CaseIterable, Sendable {
    /// Confirmed by the broker and on disk.
    case stored
    /// Durable in the dispatcher's own journal; its broker is away and it will arrive later.
    case spooled
    /// The broker will never take it (too large, forbidden): trying again is useless. It is not stored.
    case rejected
    /// Not stored, and known not to be: it may be tried again as it is.
    case unavailable
    /// The answer was lost: stored or not. Trying again with the same id is right; the dedup of the sink decides.
    case unknown
}

/// The receipts of a batch, one a tweet; nearly always all the same.
package enum Receipts: Sendable, Equatable {
    case all(Receipt)
    /// As many as the batch has tweets.
    case each([Receipt])

    /// The receipt of the tweet at that index.
    package subscript(index: Int) -> Receipt {
        switch self {
        case .all(let receipt): receipt
        case .each(let receipts): receipts[index]
        }
    }
}
