/// The id of a tweet as this room knows it: 128 bits of a UUID. It is written anew here and not taken from the
/// pipeline, because a checker that shares code with what it checks shares its mistakes.
struct TweetUUID: Hashable, Sendable, Comparable {
    let high: UInt64
    let low: UInt64

    static func < (a: Self, b: Self) -> Bool { a.high != b.high ? a.high < b.high : a.low < b.low }

    /// 7: made by the client; 8: made by the gateway.
    var version: UInt64 { high >> 12 & 0xf }

    /// Of one that the gateway made (version 8): the 62 bits behind the variant.
    var session: UInt64 { low & (1 << 62 - 1) }

    /// Of one that the gateway made: 60 bits, 48 before the version and 12 behind it.
    var sequence: UInt64 { (high >> 16) << 12 | high & 0xfff }

    static let sequenceMax: UInt64 = 1 << 60 - 1

    init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    init(session: UInt64, sequence: UInt64) {
        high = (sequence >> 12 & (1 << 48 - 1)) << 16 | 8 << 12 | sequence & 0xfff
        low = 2 << 62 | session & (1 << 62 - 1)
    }

    /// A UUIDv7 (RFC 9562 §5.7).
    /// - Parameters:
    ///   - milliseconds: since 1970; 48 bits.
    ///   - random: 74 bits of it are used.
    init(milliseconds: Int64, random: (UInt64, UInt64)) {
        high = UInt64(truncatingIfNeeded: milliseconds) << 16 | 7 << 12 | random.0 & 0xfff
        low = 2 << 62 | random.1 & (1 << 62 - 1)
    }

    /// The 36 characters of RFC 9562 at `start`, either case; nil when they are not that.
    init?(_ bytes: [UInt8], at start: Int) {
        guard start >= 0, bytes.count >= 36, start <= bytes.count - 36 else { return nil }
        var (high, low): (UInt64, UInt64) = (0, 0)
        for place in 0..<36 {
            let byte = bytes[start + place]
            if place == 8 || place == 13 || place == 18 || place == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            let digit = Self.values[Int(byte)]
            guard digit < 16 else { return nil }
            if place < 18 { high = high << 4 | UInt64(digit) } else { low = low << 4 | UInt64(digit) }
        }
        (self.high, self.low) = (high, low)
    }

    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 else { return nil }
        self.init(bytes, at: 0)
    }

    func append(to text: inout [UInt8]) {
        for shift in stride(from: 60, through: 0, by: -4) {
            if shift == 28 || shift == 12 { text.append(UInt8(ascii: "-")) }
            text.append(hexDigits[Int(high >> UInt64(shift) & 15)])
        }
        text.append(UInt8(ascii: "-"))
        for shift in stride(from: 60, through: 0, by: -4) {
            if shift == 44 { text.append(UInt8(ascii: "-")) }
            text.append(hexDigits[Int(low >> UInt64(shift) & 15)])
        }
    }

    /// The value of a hexadecimal digit, 255 for every other byte.
    private static let values: [UInt8] = (0...255).map { hexDigit($0) ?? 255 }
}

extension TweetUUID: CustomStringConvertible {
    var description: String {
        var text = [UInt8]()
        append(to: &text)
        return String(decoding: text, as: UTF8.self)
    }
}
