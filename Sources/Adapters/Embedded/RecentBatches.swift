import Tweets

/// The batches that were stored last, in memory: a consumer that keeps up never reads what was just written.
///
/// A batch shares its bytes with the one that was published, so nothing is copied; `bytesMax` bounds what stays alive.
struct RecentBatches {
    struct Entry { var key: Int64, batch: Batch }

    private let bytesMax: Int
    private var entries: [Entry] = []
    /// Where the first live entry stands: removing from the front of an array one at a time would move all.
    private var start = 0
    private var bytes = 0

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// Keys come in order.
    mutating func append(key: Int64, _ batch: Batch) {
        entries.append(Entry(key: key, batch: batch))
        bytes += batch.bytes.count
        while bytes > bytesMax, start < entries.count {
            bytes -= entries[start].batch.bytes.count
            entries[start].batch = Batch()
            start += 1
        }
        if start > 64, start * 2 > entries.count {
            entries.removeFirst(start)
            start = 0
        }
    }

    /// The entries from the last one with a key at or before `key` on; nil when that one is not here any more.
    func from(_ key: Int64) -> ArraySlice<Entry>? {
        guard start < entries.count, entries[start].key <= key else { return nil }
        var (low, high) = (start, entries.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if entries[middle].key <= key { low = middle } else { high = middle }
        }
        return entries[low...]
    }

    subscript(key: Int64) -> Batch? {
        guard let entry = from(key)?.first, entry.key == key else { return nil }
        return entry.batch
    }

    /// Forgets everything: what is on disk is in doubt.
    mutating func removeAll() { self = RecentBatches(bytesMax: bytesMax) }
}
