/// A set of tweet ids that stays small at 100 million of them: a bit for each one that the gateway made (they come in
/// ranges of sequence numbers), 16 bytes for each one that a client brought.
struct IDSet: Equatable {
    /// Sequence numbers of one session, 2^17 in a page, as the stores cut them too.
    struct PageKey: Hashable, Comparable {
        let session: UInt64
        let block: UInt64
        static func < (a: Self, b: Self) -> Bool { (a.session, a.block) < (b.session, b.block) }
    }

    static let pageBits = 17
    static let pageWords = 1 << (pageBits - 6)

    /// Bit i of a page is bit 63 - i % 64 of word i / 64: the order of the stores' bitmaps, read as big-endian words.
    private(set) var pages: [PageKey: [UInt64]] = [:]
    /// Ids that clients brought, in no order while the set is filled; sorted and without repetition once it is sealed.
    private(set) var own: [TweetUUID] = []
    private var isSealed = true

    var isEmpty: Bool { own.isEmpty && pages.values.allSatisfy { $0.allSatisfy { $0 == 0 } } }

    /// Of a sealed set.
    var count: Int {
        own.count + pages.values.reduce(0) { $0 + $1.reduce(0) { $0 + $1.nonzeroBitCount } }
    }

    /// Adds sequence numbers; those that were there already are added to `repeated` too.
    mutating func insert(session: UInt64, first: UInt64, count: UInt64, repeated: inout IDSet) {
        var (next, left) = (first, count)
        while left > 0 {
            let key = PageKey(session: session, block: next >> UInt64(Self.pageBits))
            let start = Int(next & (1 << UInt64(Self.pageBits) - 1))
            let length = Int(min(left, UInt64(1 << Self.pageBits - start)))
            let overlap = Self.set(start..<start + length, in: &pages[key, default: Self.emptyPage])
            if let overlap { repeated.merge(overlap, into: key) }
            next += UInt64(length)
            left -= UInt64(length)
        }
    }

    private static let emptyPage = [UInt64](repeating: 0, count: pageWords)

    /// Sets the bits; a page of those that were set before, if any were.
    private static func set(_ bits: Range<Int>, in page: inout [UInt64]) -> [UInt64]? {
        var overlap: [UInt64]?
        for word in bits.lowerBound / 64...(bits.upperBound - 1) / 64 {
            var mask = UInt64.max
            if word == bits.lowerBound / 64 { mask &= .max >> UInt64(bits.lowerBound % 64) }
            if word == (bits.upperBound - 1) / 64 { mask &= .max << UInt64(63 - (bits.upperBound - 1) % 64) }
            let both = page[word] & mask
            if both != 0 {
                if overlap == nil { overlap = emptyPage }
                overlap?[word] = both
            }
            page[word] |= mask
        }
        return overlap
    }

    /// Adds the bits of a page.
    mutating func merge(_ page: [UInt64], into key: PageKey) {
        guard let old = pages[key] else {
            pages[key] = page
            return
        }
        pages[key] = zip(old, page).map { $0 | $1 }
    }

    /// Adds any id; one of ours that was there already is added to `repeated` too, one of a client's by `seal`.
    mutating func insert(_ id: TweetUUID, repeated: inout IDSet) {
        if id.version == 8 {
            insert(session: id.session, first: id.sequence, count: 1, repeated: &repeated)
        } else {
            own.append(id)
            isSealed = false
        }
    }

    /// Sorts the clients' ids; those that were added more than once go to `repeated`, which is sealed then too.
    mutating func seal(repeated: inout IDSet) {
        if !isSealed {
            own.sort()
            var kept = [TweetUUID]()
            kept.reserveCapacity(own.count)
            for id in own {
                if id == kept.last { repeated.own.append(id) } else { kept.append(id) }
            }
            own = kept
            isSealed = true
        }
        repeated.own = Array(Set(repeated.own)).sorted()
        repeated.isSealed = true
    }
}

extension IDSet {
    /// What is in this set and not in `other`. Both are sealed.
    func subtracting(_ other: IDSet) -> IDSet {
        var result = IDSet()
        for (key, page) in pages {
            guard let minus = other.pages[key] else {
                result.pages[key] = page
                continue
            }
            let rest = zip(page, minus).map { $0 & ~$1 }
            if rest.contains(where: { $0 != 0 }) { result.pages[key] = rest }
        }
        result.own = Self.sortedMerge(own, other.own) { inFirst, inSecond in inFirst && !inSecond }
        return result
    }

    func intersection(_ other: IDSet) -> IDSet {
        var result = IDSet()
        for (key, page) in pages {
            guard let also = other.pages[key] else { continue }
            let both = zip(page, also).map { $0 & $1 }
            if both.contains(where: { $0 != 0 }) { result.pages[key] = both }
        }
        result.own = Self.sortedMerge(own, other.own) { $0 && $1 }
        return result
    }

    func union(_ other: IDSet) -> IDSet {
        var result = self
        for (key, page) in other.pages { result.merge(page, into: key) }
        result.own = Self.sortedMerge(own, other.own) { $0 || $1 }
        return result
    }

    /// Walks both in order; keeps what `keep` says of being in the first and in the second.
    private static func sortedMerge(
        _ a: [TweetUUID], _ b: [TweetUUID], _ keep: (Bool, Bool) -> Bool
    ) -> [TweetUUID] {
        var result = [TweetUUID]()
        var (i, j) = (0, 0)
        while i < a.count || j < b.count {
            let inFirst = i < a.count && (j == b.count || a[i] <= b[j])
            let inSecond = j < b.count && (i == a.count || b[j] <= a[i])
            if keep(inFirst, inSecond) { result.append(inFirst ? a[i] : b[j]) }
            if inFirst { i += 1 }
            if inSecond { j += 1 }
        }
        return result
    }

    /// The first ids in order: the gateway's by session and number, then the clients'.
    func prefix(_ count: Int) -> [TweetUUID] {
        var result = [TweetUUID]()
        for key in pages.keys.sorted() {
            for (word, bits) in (pages[key] ?? []).enumerated() where bits != 0 {
                for bit in 0..<64 where bits >> UInt64(63 - bit) & 1 == 1 {
                    guard result.count < count else { return result }
                    let sequence = key.block << UInt64(Self.pageBits) | UInt64(word * 64 + bit)
                    result.append(TweetUUID(session: key.session, sequence: sequence))
                }
            }
        }
        return result + own.prefix(count - result.count)
    }

    /// Only the clients' ids, or only the gateway's.
    var ownOnly: IDSet {
        var result = self
        result.pages = [:]
        return result
    }

    var madeOnly: IDSet {
        var result = self
        result.own = []
        return result
    }
}
