/// What a body says of one tweet, as far as it is read: values, places, and what is wrong with it.
struct Draft {
    /// Where its object starts.
    let start: Int
    var text = Text(0..<0, isEscaped: false)
    var country: Country?
    var weather: Weather?
    var id: TweetID?
    var idPosition = 0
    /// One bit a field: it has been seen.
    private var seen: UInt8 = 0
    /// The first thing that is wrong although it is JSON.
    private(set) var flaw: Flaw?

    init(start: Int) { self.start = start }

    @inline(always)
    func has(_ field: Field) -> Bool { seen & 1 << field.rawValue != 0 }
    @inline(always)
    mutating func see(_ field: Field) { seen |= 1 << field.rawValue }

    mutating func note(_ complaint: Complaint, _ field: Field, at position: Int) {
        guard flaw == nil else { return }
        flaw = Flaw(position: position, complaint: complaint, kind: .invalid, field: field)
    }

    /// Once the object has ended: what must be there is.
    mutating func noteMissing() {
        let all: UInt8 = 1 << Field.description.rawValue | 1 << Field.country.rawValue | 1 << Field.weather.rawValue
        guard seen & all != all else { return }
        for field in [Field.description, .country, .weather] where !has(field) { note(.missing, field, at: start) }
    }
}
