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
    private(set) var digits = SIMD16<UInt8>(repeating: 0)
    private(set) var count = 0

    /// - Parameter value: below 10^16.
    init(_ value: UInt64) {
        var (rest, reversed) = (value, SIMD16<UInt8>(repeating: 0))
        repeat {
            reversed[count] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
            count += 1
        } while rest > 0
        for place in 0..<count { digits[place] = reversed[count - 1 - place] }
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
                var sink = unsafe Sink(buffer[initialized...])
                sink.put(Canonical.id)
                id.write(to: &sink)
                sink.put(Canonical.accepted)
                sink.put(accepted.digits, used: accepted.count)
                sink.put(Canonical.country)
                sink.put(country.alpha2Bytes.0)
                sink.put(country.alpha2Bytes.1)
                sink.put(Canonical.weather)
                switch weather {
                case .rainy: sink.put(Weather.rainy.name)
                case .cloudy: sink.put(Weather.cloudy.name)
                case .sunny: sink.put(Weather.sunny.name)
                }
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
    /// Writes a checked string with the fewest escapes: of what it escapes only quotes, backslashes and control characters stay so.
    func rewrite(_ range: Range<Int>, to sink: inout Sink) {
        var place = range.lowerBound
        while place < range.upperBound {
            if place + 16 <= source.count {
                // Copies sixteen bytes and goes on behind those before the next backslash.
                let bytes = source.load16(place)
                let zeros = bytes ^ 0x5c
                let plain = min(firstMark((zeros &- 1) & ~zeros), range.upperBound - place)
                sink.put(bytes, used: plain)
                place += plain
                if plain == 16 || place == range.upperBound { continue }
            }
            if source[place] == UInt8(ascii: "\\"), let (scalar, length) = try? escape(at: place) {
                sink.put(scalar: scalar)
                place += length
            } else {
                sink.put(source[place])
                place += 1
            }
        }
    }
}

extension Sink {
    /// A scalar that was escaped, in its canonical form.
    fileprivate mutating func put(scalar: UInt32) {
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
        case 0x80..<0x800:
            put(UInt8(truncatingIfNeeded: 0xc0 | scalar >> 6))
            putContinuation(scalar)
        case 0x800..<0x10000:
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
