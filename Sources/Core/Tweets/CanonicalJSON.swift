/// The canonical JSON of a tweet: one order, no blanks, the fewest escapes. Its words are here and nowhere else.
///
///     {"id":"<36>","accepted":<ms>,"country":"GT","weather":"rainy","description":"…"}
enum Canonical {
    static let id: StaticString = "{\"id\":\""
    static let accepted: StaticString = "\",\"accepted\":"
    static let country: StaticString = ",\"country\":\""
    static let weather: StaticString = "\",\"weather\":\""
    static let description: StaticString = "\",\"description\":\""
    static let end: StaticString = "\"}"

    /// More than all but the description takes, its newline and the slack of a store of sixteen bytes included.
    static let headMax = 160

    /// The latest time that is written: 2^53 ms, which every reader of JSON keeps exactly.
    static let acceptedMax: Int64 = 1 << 53
}

/// A time in decimal digits: written once a body, stored once a tweet.
struct Decimal {
    let digits: SIMD16<UInt8>
    let count: Int

    /// - Parameter value: below 10^16.
    init(_ value: UInt64) {
        let (high, low) = (Self.eightDigits(of: value / 100_000_000), Self.eightDigits(of: value % 100_000_000))
        let values = UInt128(low) << 64 | UInt128(high)
        let zeros = min(values.trailingZeroBitCount / 8, 15)
        let characters = values | UInt128(0x3030_3030_3030_3030) << 64 | 0x3030_3030_3030_3030
        digits = unsafe unsafeBitCast(characters &>> UInt128(8 * zeros), to: SIMD16<UInt8>.self)
        count = 16 - zeros
    }

    /// The digits of a number below 10^8 as bytes, the first the lowest: halves, then pairs, then digits are parted,
    /// all at once.
    private static func eightDigits(of value: UInt64) -> UInt64 {
        let halves = value / 10_000 | (value % 10_000) << 32
        // By 100 and by 10, as products with reciprocals that are exact in these ranges.
        let hundreds = (halves &* 10_486) >> 20 & 0x0000_007f_0000_007f
        let pairs = hundreds | (halves &- hundreds &* 100) << 16
        let tens = (pairs &* 103) >> 10 & 0x000f_000f_000f_000f
        return tens | (pairs &- tens &* 10) << 8
    }
}

extension Batch {
    /// Adds a tweet in its canonical form.
    /// - Returns: false when the batch has no room for it, which is then as it was.
    mutating func append(
        id: TweetID, accepted: Decimal, country: Country, weather: Weather, text: Text, from scanner: Scanner
    ) -> Bool {
        // Unescaping and escaping anew never makes a text longer.
        let room = Canonical.headMax + text.count
        guard bytes.count + room <= Self.bytesMax else { return false }
        reserve(room)
        bytes.append(addingCapacity: room) { output in
            unsafe output.withUnsafeMutableBufferPointer { buffer, initialized in
                guard var sink = unsafe Sink(buffer, from: initialized) else { return }
                sink.put(Canonical.id)
                id.write(to: &sink)
                sink.put(Canonical.accepted)
                sink.put(accepted.digits, used: accepted.count)
                sink.put(Canonical.country)
                sink.put(country.alpha2Bytes.0)
                sink.put(country.alpha2Bytes.1)
                sink.put(Canonical.weather)
                let name = weather.packedName
                sink.put(name.word, used: name.count)
                sink.put(Canonical.description)
                if text.isEscaped {
                    scanner.rewrite(text.range, to: &sink)
                } else {
                    scanner.source.copy(text.range, to: &sink)
                }
                sink.put(Canonical.end)
                sink.put(UInt8(ascii: "\n"))
                initialized += sink.count
            }
        }
        ends.append(UInt32(truncatingIfNeeded: bytes.count))
        return true
    }
}

extension Scanner {
    /// Writes a checked string with the fewest escapes: of what it escapes only quotes, backslashes and control
    /// characters stay so.
    func rewrite(_ range: Range<Int>, to sink: inout Sink) {
        var place = range.lowerBound
        while place < range.upperBound {
            // Copies sixteen bytes and goes on behind those before the next backslash.
            let bytes = source.padded16(place)
            let zeros = bytes ^ 0x5c
            let plain = min(firstMark((zeros &- 1) & ~zeros), range.upperBound - place)
            sink.put(bytes, used: plain)
            place += plain
            if plain == 16 || place == range.upperBound { continue }
            guard let (scalar, length) = try? escape(at: place) else { return }
            sink.put(scalar: scalar)
            place += length
        }
    }
}

extension Sink {
    /// A scalar that was escaped, in its canonical form.
    @inline(always)
    fileprivate mutating func put(scalar: UInt32) {
        if scalar >= 0x80, scalar < 0x800 {
            put(word: UInt16(truncatingIfNeeded: 0x80c0 | scalar >> 6 | (scalar & 0x3f) << 8))
        } else {
            put(otherScalar: scalar)
        }
    }

    private mutating func put(otherScalar scalar: UInt32) {
        switch scalar {
        case 0x22: put("\\\"")
        case 0x5c: put("\\\\")
        case 0x08: put("\\b")
        case 0x0c: put("\\f")
        case 0x0a: put("\\n")
        case 0x0d: put("\\r")
        case 0x09: put("\\t")
        case 0..<0x20:
            put("\\u00")
            put(word: UInt16(truncatingIfNeeded: digits(of: scalar) >> 48))
        case 0x20..<0x80: put(UInt8(truncatingIfNeeded: scalar))
        case 0x80..<0x10000:
            put(UInt8(truncatingIfNeeded: 0xe0 | scalar >> 12))
            putContinuation(scalar >> 6)
            putContinuation(scalar)
        default:
            put(UInt8(truncatingIfNeeded: 0xf0 | scalar >> 18))
            putContinuation(scalar >> 12)
            putContinuation(scalar >> 6)
            putContinuation(scalar)
        }
    }

    @inline(always)
    private mutating func putContinuation(_ bits: UInt32) { put(UInt8(truncatingIfNeeded: 0x80 | bits & 0x3f)) }
}
