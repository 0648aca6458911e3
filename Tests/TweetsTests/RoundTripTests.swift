import TestKit
import Testing
import Tweets

/// Random tweets in random spellings, written by a writer of the test's own, against what the reader makes of them.
@Suite struct RoundTripTests {
    struct Expected {
        var line: String
        var id: TweetID?
        var country: Country
        var weather: Weather
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func randomBodies(_ seed: UInt64) throws {
        var writer = RandomWriter(seed: seed)
        let count = Int.random(in: 2...20, using: &writer.random)
        let tweets = (0..<count).map { _ in writer.tweet() }
        let isArray = Bool.random(using: &writer.random)
        let separator = isArray ? { $0 + "," + $1 } : { $0 + "\n" + $1 }
        let elements = tweets.map { writer.blanks() + $0.source + writer.blanks() }
        let joined = elements.dropFirst().reduce(elements[0], separator)
        let outcome = read(isArray ? "[\(joined)]" : joined)

        let many = try #require(outcome.many, "\(String(describing: outcome.error)) in \(joined)")
        #expect(many.rejected.isEmpty)
        #expect(many.count == count)
        var ids = IDMaker(session: 1, next: 7)
        let expectedIDs = tweets.map { $0.id ?? ids.make() }
        let lines = zip(tweets, expectedIDs).map { tweet, id in
            canonical(
                minimal(tweet.text), tweet.country.alpha2, tweet.weather.name.description, id: id.description)
        }
        for (line, expected) in zip(outcome.lines, lines) { #expect(line == expected) }
        #expect(Batch(lines: outcome.batch.bytes) == outcome.batch)

        var columns = Columns()
        TweetReader().columns(of: outcome.batch, into: &columns) { Issue.record("\($0) \($1)") }
        #expect(columns.ids == expectedIDs)
        #expect(columns.countries == tweets.map(\.country))
        #expect(columns.weathers == tweets.map(\.weather))
        #expect(columns.accepted.allSatisfy { $0 == noon })
        // What is canonical already stays as it is, but for the id of ours, which no client may bring.
        let own = zip(lines, tweets).filter { $0.1.id != nil }.map(\.0)
        if !own.isEmpty { #expect(read("[" + own.joined(separator: ",") + "]").lines == own) }
    }

    /// The fewest escapes, written the plain way.
    private func minimal(_ text: String.UnicodeScalarView) -> String {
        text.map { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case "\u{8}": "\\b"
            case "\u{c}": "\\f"
            case "\n": "\\n"
            case "\r": "\\r"
            case "\t": "\\t"
            case "\0"..<" ": "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: String(scalar)
            }
        }.joined()
    }
}

private struct RandomWriter {
    struct Tweet {
        var source: String
        var text: String.UnicodeScalarView
        var id: TweetID?
        var country: Country
        var weather: Weather
    }

    var random: SeededRandom
    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    mutating func tweet() -> Tweet {
        let text = text()
        guard let country = Country(index: .random(in: 0..<249, using: &random)) else { preconditionFailure() }
        let weather = Weather.allCases.randomElement(using: &random) ?? .sunny
        let words: [Weather: [String]] = [
            .rainy: ["Lluvioso", "rainy"], .cloudy: ["Nubloso", "Nublado", "cloudy"], .sunny: ["Soleado", "sunny"],
        ]
        let word = (words[weather] ?? []).randomElement(using: &random) ?? ""
        let code = Bool.random(using: &random) ? country.alpha2 : country.alpha3
        let id = Bool.random(using: &random) ? clientID(at: noon, tail: random.next() >> 8) : nil
        var members: [(name: String, value: String)] = [
            (name: "description", value: string(text)), ("country", string(anyCase(code).unicodeScalars)),
            ("weather", string(anyCase(word).unicodeScalars)),
        ]
        if let id { members.append(("id", string(anyCase(id.description).unicodeScalars))) }
        for _ in 0..<Int.random(in: 0...2, using: &random) {
            members.append(("x" + String(members.count), value(depth: 0)))
        }
        members.shuffle(using: &random)
        var source = "{" + blanks()
        for (index, member) in members.enumerated() {
            if index > 0 { source += blanks() + "," + blanks() }
            source += string(member.name.unicodeScalars) + blanks() + ":" + blanks() + member.value
        }
        return Tweet(source: source + blanks() + "}", text: text, id: id, country: country, weather: weather)
    }

    mutating func blanks() -> String {
        var blanks = ""
        while Int.random(in: 0..<4, using: &random) == 0 {
            blanks += [" ", "\n", "\t", "\r", "  "].randomElement(using: &random) ?? ""
        }
        return blanks
    }

    private mutating func anyCase(_ text: String) -> String {
        String(text.map { Bool.random(using: &random) ? Character($0.lowercased()) : Character($0.uppercased()) })
    }

    private mutating func text() -> String.UnicodeScalarView {
        let ranges: [ClosedRange<UInt32>] = [
            0...0x1f, 0x20...0x7e, 0x20...0x7e, 0x22...0x22, 0x5c...0x5c, 0x7f...0x7ff, 0x800...0xd7ff, 0xe000...0xffff,
            0x10000...0x10ffff,
        ]
        let used = ranges.shuffled(using: &random).prefix(.random(in: 1...4, using: &random))
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 1...80, using: &random) {
            let value = UInt32.random(in: used.randomElement(using: &random) ?? 0x41...0x41, using: &random)
            if let scalar = Unicode.Scalar(value) { text.append(scalar) }
        }
        return text
    }

    private mutating func value(depth: Int) -> String {
        switch Int.random(in: 0..<(depth < 5 ? 8 : 6), using: &random) {
        case 0: "null"
        case 1: "true"
        case 2: "false"
        case 3: String(Int.random(in: -99...99, using: &random))
        case 4: "-0.5e+10"
        case 5: string(text())
        case 6: "[" + blanks() + value(depth: depth + 1) + blanks() + "," + value(depth: depth + 1) + "]"
        default: "{" + blanks() + string(text()) + ":" + value(depth: depth + 1) + blanks() + "}"
        }
    }

    /// A JSON string; what may be escaped is, at random.
    private mutating func string(_ text: String.UnicodeScalarView) -> String {
        let escapes = Int.random(in: 0...2, using: &random)
        var result = "\""
        for scalar in text {
            let mustEscape = scalar.value < 0x20 || scalar == "\"" || scalar == "\\"
            let escape = mustEscape || (escapes == 1 && Int.random(in: 0..<4, using: &random) == 0) || escapes == 2
            result += escape ? escaped(scalar) : String(scalar)
        }
        return result + "\""
    }

    private mutating func escaped(_ scalar: Unicode.Scalar) -> String {
        let short: [Unicode.Scalar: String] = [
            "\"": "\\\"", "\\": "\\\\", "/": "\\/", "\u{8}": "\\b", "\u{c}": "\\f", "\n": "\\n", "\r": "\\r",
            "\t": "\\t",
        ]
        if let short = short[scalar], Bool.random(using: &random) { return short }
        return String(scalar).utf16.map { unit in
            let digits = String(unit, radix: 16, uppercase: Bool.random(using: &random))
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }
}
