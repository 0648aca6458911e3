/// A country of ISO 3166-1. The raw value is its place in the table of alpha-2 codes, so that counts are arrays.
package struct Country: Hashable, Sendable {
    package let index: UInt8
    package init?(index: UInt8) { guard Int(index) < Self.count else { return nil }; self.index = index }
    package static let count = 249
}
