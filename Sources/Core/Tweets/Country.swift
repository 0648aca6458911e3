/// A country of ISO 3166-1. Its index is its place in the table of alpha-2 codes, so that counts are arrays.
package struct Country: Hashable, Sendable {
    /// 0 ..< `count`.
    package let index: UInt8

    package init?(index: UInt8) {
        guard Int(index) < Self.count else { return nil }
        self.index = index
    }

    /// Finds a country by its alpha-2 code, its alpha-3 code or a variant seen in the field ("UK", "EL", "GER"), in
    /// any case.
    package init?(text: Span<UInt8>) {
        switch text.count {
        case 2: self.init(text[0], text[1])
        case 3: self.init(text[0], text[1], text[2])
        default: return nil
        }
    }

    /// By two letters, or by three, in any case.
    init?(_ first: UInt8, _ second: UInt8, _ third: UInt8? = nil) {
        guard let place = Self.place(first, second, third) else { return nil }
        self.init(index: Self.spellings[place])
    }

    package static let count = 249

    /// The alpha-2 code as two bytes, upper case.
    package var alpha2Bytes: (UInt8, UInt8) { (letter(0), letter(1)) }

    /// The alpha-2 code: the one canonical form, in JSON, in the stores and on the page.
    package var alpha2: String { Self.text(of: [letter(0), letter(1)]) }

    /// The alpha-3 code.
    package var alpha3: String { Self.text(of: [letter(2), letter(3), letter(4)]) }

    private func letter(_ offset: Int) -> UInt8 { unsafe Self.codes.utf8Start[Int(index) * 5 + offset] }

    private static func text(of letters: [UInt8]) -> String { String(decoding: letters, as: UTF8.self) }
}

extension Country: LosslessStringConvertible {
    package init?(_ description: String) { self.init(text: description.utf8.span) }

    package var description: String { alpha2 }
}

extension Country {
    /// For every spelling of two or three letters the index of its country; 255 where there is none.
    ///
    /// A flat table: one load a lookup, and all codes of two letters lie in its first kilobyte.
    private static let spellings: [UInt8] = {
        var table = [UInt8](repeating: 255, count: 27 << 10)
        func enter(_ code: ArraySlice<UInt8>, _ index: UInt8) {
            let letters = Array(code)
            guard let place = place(letters[0], letters[1], letters.count > 2 ? letters[2] : nil) else { return }
            table[place] = index
        }
        let codes = unsafe Array(UnsafeBufferPointer(start: Self.codes.utf8Start, count: Self.codes.utf8CodeUnitCount))
        for index in 0..<count {
            enter(codes[index * 5..<index * 5 + 2], UInt8(index))
            enter(codes[index * 5 + 2..<index * 5 + 5], UInt8(index))
        }
        for variant in variants.description.utf8.split(separator: UInt8(ascii: " ")) {
            let meant = Array(variant.suffix(2))
            guard let place = place(meant[0], meant[1], nil) else { continue }
            enter(Array(variant.dropLast(3))[...], table[place])
        }
        return table
    }()

    /// Five bits a letter; nil for anything but letters.
    @inline(always)
    private static func place(_ first: UInt8, _ second: UInt8, _ third: UInt8?) -> Int? {
        let (a, b, c) = (ordinal(first), ordinal(second), third.map(ordinal))
        guard a < 26, b < 26, (c ?? 0) < 26 else { return nil }
        return (c.map { Int($0) + 1 } ?? 0) << 10 | Int(a) << 5 | Int(b)
    }

    /// 0 ... 25 for a letter of any case, more for everything else.
    @inline(always)
    private static func ordinal(_ letter: UInt8) -> UInt8 { (letter | 0x20) &- UInt8(ascii: "a") }
}
