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
}
