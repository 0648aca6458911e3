// UTF-8 as RFC 3629 has it: shortest forms, no surrogates, nothing above U+10FFFF.

extension Scanner {
    /// Checks a string that stands between quotes.
    func checkUTF8(_ range: Range<Int>) throws(Flaw) {
        // The closing quote is checked along: it shows that the last sequence is complete.
        var place = range.lowerBound
        while place <= range.upperBound {
            let block = min(place, source.count - 16)
            // Before a block three bytes are looked at.
            guard block >= 3, areSequencesWhole(block) else { return try findFlaw(range) }
            place = block + 16
        }
    }

    /// Whether each of sixteen bytes may stand behind the three before it. No branches: where the accents of a text are is unpredictable.
    @inline(always)
    private func areSequencesWhole(_ place: Int) -> Bool {
        let bytes = source.load16(place)
        let previous = source.load16(place - 1)
        let mustContinue =
            atLeast(0xc0, previous) | atLeast(0xe0, source.load16(place - 2)) | atLeast(0xf0, source.load16(place - 3))
        let continues = bytes & ~(bytes &+ bytes)
        let forbidden = atLeast(0xc0, bytes) & ~atLeast(0xc2, bytes) | atLeast(0xf5, bytes)
        // The second byte rules out long forms of three and of four, surrogates, and what lies above U+10FFFF.
        let (low90, lowA0) = (~atLeast(0x90, bytes), ~atLeast(0xa0, bytes))
        let long = equal(0xe0, previous) & lowA0 | equal(0xf0, previous) & low90
        let beyond = equal(0xed, previous) & ~lowA0 | atLeast(0xf4, previous) & ~low90
        return firstMark(mustContinue ^ continues | forbidden | long | beyond) == 16
    }

    /// Sets the top bit of each byte that is at least a bound, which is 0x80 or more.
    @inline(always)
    private func atLeast(_ bound: UInt8, _ bytes: SIMD16<UInt8>) -> SIMD16<UInt8> { bytes & ~(bytes &- bound) }

    @inline(always)
    private func equal(_ value: UInt8, _ bytes: SIMD16<UInt8>) -> SIMD16<UInt8> {
        atLeast(value, bytes) & ~atLeast(value + 1, bytes)
    }

    /// The same, one sequence at a time: close to the ends of the body, and to tell where the flaw is.
    @inline(never)
    private func findFlaw(_ range: Range<Int>) throws(Flaw) {
        var place = range.lowerBound
        while place < range.upperBound {
            let length = source[place] < 0x80 ? 1 : sequenceLength(at: place)
            guard length > 0 else { throw Flaw(position: place, complaint: .utf8) }
            place += length
        }
    }

    /// The length of the sequence of more than one byte at a place; 0 if there is none.
    private func sequenceLength(at place: Int) -> Int {
        let word = UInt32(truncatingIfNeeded: source.loadUpTo8(place, count: min(4, source.count - place)))
        if word & 0xc0e0 == 0x80c0, word & 0x1e != 0 { return 2 }
        if word & 0xc0_c0f0 == 0x80_80e0, word & 0x200f != 0, word & 0x200f != 0x200d { return 3 }
        guard word & 0xc0c0_c0f8 == 0x8080_80f0, word & 0x3007 != 0 else { return 0 }
        return word & 0x07 < 4 || (word & 0x07 == 4 && word & 0x3000 == 0) ? 4 : 0
    }

    /// How many Unicode scalars a checked string has after unescaping.
    func scalars(in text: Text) -> Int {
        var count = 0
        var place = text.start
        while place < text.end {
            if text.isEscaped, source[place] == UInt8(ascii: "\\"), let length = try? escape(at: place).length {
                place += length
            } else {
                place += 1
                while place < text.end, source[place] & 0xc0 == 0x80 { place += 1 }
            }
            count += 1
        }
        return count
    }
}
