// Constant texts against arrays of bytes, without making a string of the bytes.

extension [UInt8] {
    /// Whether `text` stands at `start`.
    func has(_ text: String, at start: Int) -> Bool {
        guard start >= 0, text.utf8.count <= count - start else { return false }
        var place = start
        for byte in text.utf8 {
            guard self[place] == byte else { return false }
            place += 1
        }
        return true
    }

    /// The same in any case; `text` is in small letters.
    func hasIgnoringCase(_ text: String, at start: Int) -> Bool {
        guard start >= 0, text.utf8.count <= count - start else { return false }
        var place = start
        for byte in text.utf8 {
            let found = self[place]
            guard (found >= 65 && found <= 90 ? found | 0x20 : found) == byte else { return false }
            place += 1
        }
        return true
    }
}

/// Appends the digits of a number that is not negative.
func appendNumber(_ value: Int, to bytes: inout [UInt8]) {
    var divisor = 1
    while value / divisor >= 10 { divisor *= 10 }
    while divisor > 0 {
        bytes.append(48 + UInt8(value / divisor % 10))
        divisor /= 10
    }
}
