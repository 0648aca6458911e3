/// What the weather is, in its one canonical form. Raw values are indices into tables of counts.
package enum Weather: UInt8, CaseIterable, Hashable, Sendable {
    case rainy
    case cloudy
    case sunny

    /// The word in canonical JSON, in the stores and on the page.
    package var name: StaticString {
        switch self {
        case .rainy: "rainy"
        case .cloudy: "cloudy"
        case .sunny: "sunny"
        }
    }

    /// Reads `Lluvioso`, `Nubloso`, `Nublado`, `Soleado`, `rainy`, `cloudy` or `sunny`, in any case.
    package init?(text: Span<UInt8>) {
        guard text.count <= 8 else { return nil }
        var word: UInt64 = 0
        for place in text.indices { word |= UInt64(text[place]) << UInt64(8 * place) }
        self.init(word: word, count: text.count)
    }

    /// By the letters of a word, the first in the lowest byte, zero behind the last.
    @inline(always)
    init?(word: UInt64, count: Int) {
        // Setting bit 5 of every byte lowers letters, and makes a letter of nothing that is none.
        let lower = word | 0x2020_2020_2020_2020 >> UInt64(8 * (8 - count))
        switch lower {
        case Self.word("rainy"), Self.word("lluvioso"): self = .rainy
        case Self.word("cloudy"), Self.word("nubloso"), Self.word("nublado"): self = .cloudy
        case Self.word("sunny"), Self.word("soleado"): self = .sunny
        default: return nil
        }
    }

    @inline(always)
    private static func word(_ letters: StaticString) -> UInt64 { packedWord(letters) }
}
