/// The tweets that a run cycles through, made ahead: objects side by side with what separates them in a request, so
/// that the body of a batch is one copy; and what the ledger says of each.
struct TweetPool: Sendable {
    /// Each tweet's object, `id` left out, with `separator` behind it.
    private(set) var bytes: [UInt8] = []
    /// Where each one ends, its separator included.
    private(set) var ends: [Int] = []
    /// Two capital letters a tweet; `??` where the data file has no country that the contract knows.
    private(set) var countries: [UInt8] = []
    /// A letter a tweet of `WeatherCodes.letters`; `?` likewise.
    private(set) var weathers: [UInt8] = []
    /// A comma, or a line feed for NDJSON.
    let separator: UInt8

    init(ndjson: Bool) { separator = ndjson ? 10 : UInt8(ascii: ",") }

    var count: Int { ends.count }

    /// The bytes of the tweets in `range`, a separator behind each.
    func bytes(of range: Range<Int>) -> ArraySlice<UInt8> {
        bytes[(range.lowerBound == 0 ? 0 : ends[range.lowerBound - 1])..<ends[range.upperBound - 1]]
    }

    /// - Parameter members: of the object, without braces.
    mutating func append(members: [UInt8], country: Int?, weather: Int?) {
        bytes.append(UInt8(ascii: "{"))
        bytes += members
        bytes.append(UInt8(ascii: "}"))
        bytes.append(separator)
        ends.append(bytes.count)
        countries += country.map { Array(CountryCodes.codes[$0].utf8) } ?? Array("??".utf8)
        weathers.append(weather.map { WeatherCodes.letters[$0] } ?? UInt8(ascii: "?"))
    }
}
