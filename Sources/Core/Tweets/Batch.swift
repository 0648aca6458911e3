/// What crosses every boundary: many tweets as their canonical JSON, one after another, each ended by a newline.
///
/// The bytes are NDJSON as they stand, so legs, spools and brokers pass slices of them on and parse nothing.
/// Copying a batch shares its storage.
package struct Batch: Sendable, Equatable {
    /// Canonical JSON, a newline after each tweet.
    package internal(set) var bytes: [UInt8]
    /// For each tweet the place in `bytes` behind its newline.
    package internal(set) var ends: [UInt32]

    package init() { (bytes, ends) = ([], []) }

    /// Cuts bytes that came back from a broker at their newlines; a last line without one counts too.
    package init(lines: [UInt8]) {
        bytes = lines
        ends = []
        for (place, byte) in lines.enumerated() where byte == 10 { ends.append(UInt32(place + 1)) }
        if let last = lines.last, last != 10 {
            bytes.append(10)
            ends.append(UInt32(bytes.count))
        }
    }

    package var count: Int { ends.count }
    package var isEmpty: Bool { ends.isEmpty }

    /// Where the tweet at `index` stands in `bytes`, without its newline.
    package func range(of index: Int) -> Range<Int> {
        (index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index]) - 1
    }

    /// Adds one tweet's canonical JSON, without a newline.
    package mutating func append(_ json: some Sequence<UInt8>) {
        bytes.append(contentsOf: json)
        bytes.append(10)
        ends.append(UInt32(bytes.count))
    }

    package mutating func append(_ other: Batch) {
        let start = UInt32(bytes.count)
        bytes.append(contentsOf: other.bytes)
        ends.append(contentsOf: other.ends.lazy.map { $0 + start })
    }

    /// Takes back everything from the tweet at `count` on.
    package mutating func truncate(to count: Int) {
        guard count < ends.count else { return }
        bytes.removeLast(bytes.count - (count == 0 ? 0 : Int(ends[count - 1])))
        ends.removeLast(ends.count - count)
    }
}
