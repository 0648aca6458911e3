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
        // No branches: which weather it is is unpredictable. Only that it is one is not.
        var value: UInt8 = 3
        value = lower == packedWord("rainy") ? Weather.rainy.rawValue : value
        value = lower == packedWord("lluvioso") ? Weather.rainy.rawValue : value
        value = lower == packedWord("cloudy") ? Weather.cloudy.rawValue : value
        value = lower == packedWord("nublado") ? Weather.cloudy.rawValue : value
        value = lower == packedWord("nubloso") ? Weather.cloudy.rawValue : value
        value = lower == packedWord("sunny") ? Weather.sunny.rawValue : value
        value = lower == packedWord("soleado") ? Weather.sunny.rawValue : value
        self.init(rawValue: value)
    }

    /// The canonical word, the first letter in the lowest byte, and its length.
    @inline(always)
    var packedName: (word: UInt64, count: Int) {
        let word = self == .rainy ? packedWord("rainy") : packedWord("sunny")
        return (self == .cloudy ? packedWord("cloudy") : word, self == .cloudy ? 6 : 5)
    }
}
