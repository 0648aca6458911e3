// Constant texts against arrays of bytes, without making a string: the two places where this room reads a raw pointer
// for speed.

extension [UInt8] {
    /// Whether `text` stands at `start`.
    func has(_ text: StaticString, at start: Int) -> Bool {
        text.withUTF8Buffer { wanted in
            guard start >= 0, wanted.count <= count - start else { return false }
            for index in 0..<wanted.count where unsafe wanted[index] != self[start + index] { return false }
            return true
        }
    }

    /// The same in any case; `text` is in small letters.
    func hasIgnoringCase(_ text: StaticString, at start: Int) -> Bool {
        text.withUTF8Buffer { wanted in
            guard start >= 0, wanted.count <= count - start else { return false }
            for index in 0..<wanted.count {
                let byte = self[start + index]
                let small = byte >= 65 && byte <= 90 ? byte | 0x20 : byte
                if unsafe small != wanted[index] { return false }
            }
            return true
        }
    }

    mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { unsafe append(contentsOf: $0) }
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
