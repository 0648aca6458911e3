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
    private(set) var error: TweetError?

    init(start: Int) { self.start = start }

    @inline(always)
    func has(_ field: Field) -> Bool { seen & 1 << field.rawValue != 0 }
    @inline(always)
    mutating func see(_ field: Field) { seen |= 1 << field.rawValue }

    @inline(never)
    mutating func note(_ complaint: Complaint, _ field: Field, at position: Int) {
        if error == nil { error = TweetError(.invalid, complaint, field, at: position) }
    }

    /// Once the object has ended: what must be there is.
    @inline(always)
    mutating func noteMissing() {
        let all: UInt8 = 1 << Field.description.rawValue | 1 << Field.country.rawValue | 1 << Field.weather.rawValue
        if seen & all != all { noteFirstMissing() }
    }

    private mutating func noteFirstMissing() {
        for field in [Field.description, .country, .weather] where !has(field) { note(.missing, field, at: start) }
    }
}
