/// The tweets of a batch taken apart into columns: what counting needs, and nothing of their text.
///
/// All four arrays have the same count; the tweet at an index is the same in each.
package struct Columns: Sendable, Equatable {
    package var ids: [TweetID] = []
    package var countries: [Country] = []
    package var weathers: [Weather] = []
    /// When the gateway accepted it: milliseconds since 1970.
    package var accepted: [Int64] = []

    package init() {}
    package var count: Int { ids.count }
    package var isEmpty: Bool { ids.isEmpty }

    /// Makes room for more tweets. Storage at least doubles, so that many small batches cost no more than a large one.
    mutating func reserve(_ more: Int) {
        let needed = count + more
        guard needed > ids.capacity else { return }
        let capacity = max(needed, 2 * ids.capacity)
        ids.reserveCapacity(capacity)
        countries.reserveCapacity(capacity)
        weathers.reserveCapacity(capacity)
        accepted.reserveCapacity(capacity)
    }
}
