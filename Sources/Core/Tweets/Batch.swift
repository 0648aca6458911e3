/// What crosses every boundary: many tweets as their canonical JSON, one after another, each ended by a newline.
///
/// The bytes are NDJSON as they stand, so legs, spools and brokers pass slices of them on and parse nothing.
/// Copying a batch shares its storage.
package struct Batch: Sendable, Equatable {
    /// Canonical JSON, a newline after each tweet.
    package internal(set) var bytes: [UInt8]
    /// For each tweet the place in `bytes` behind its newline.
    package internal(set) var ends: [UInt32]

    /// The most bytes, so that a place fits in 32 bits. A reader refuses what would go beyond; bodies and messages
    /// are far smaller.
    package static let bytesMax = Int(UInt32.max)

    package init() { (bytes, ends) = ([], []) }

    /// Cuts bytes that came back from a broker at their newlines; a last line without one counts too.
    /// What lies beyond `bytesMax` is left out.
    package init(lines: [UInt8]) {
        self.init()
        bytes = lines
        if bytes.count >= Self.bytesMax { bytes.removeLast(bytes.count - Self.bytesMax + 1) }
        if let last = bytes.last, last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
        ends.reserveCapacity(bytes.count / 128 + 1)
        appendEnds()
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
        bytes.append(UInt8(ascii: "\n"))
        ends.append(UInt32(bytes.count))
    }

    /// Adds the tweets of another batch, in order.
    package mutating func append(_ other: Batch) {
        let start = UInt32(bytes.count)
        bytes.append(contentsOf: other.bytes)
        ends.append(contentsOf: other.ends.lazy.map { $0 + start })
    }

    /// Takes back everything from the tweet at `count` on. The storage stays, for the next tweets.
    package mutating func truncate(to count: Int) {
        guard count < ends.count else { return }
        bytes.removeLast(bytes.count - (count == 0 ? 0 : Int(ends[count - 1])))
        ends.removeLast(ends.count - count)
    }
}

extension Batch {
    /// Makes room for more bytes. Storage at least doubles, so that many small additions cost no more than one large
    /// one.
    @inline(always)
    mutating func reserve(_ more: Int) {
        let needed = bytes.count + more
        if needed > bytes.capacity { bytes.reserveCapacity(max(needed, 2 * bytes.capacity)) }
    }

    private mutating func appendEnds() {
        unsafe bytes.withUnsafeBufferPointer { buffer in
            let source = unsafe Source(buffer)
            var place = 0
            while place + 16 <= source.count {
                let zeros = source.load16(place) ^ UInt8(ascii: "\n")
                let marks = (zeros &- 1) & ~zeros
                let offset = firstMark(marks)
                place += offset
                if offset == 16 { continue }
                place += 1
                ends.append(UInt32(truncatingIfNeeded: place))
            }
            while place < source.count {
                place += 1
                if source[place - 1] == UInt8(ascii: "\n") { ends.append(UInt32(truncatingIfNeeded: place)) }
            }
        }
    }
}
