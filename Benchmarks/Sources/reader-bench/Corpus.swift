/// Bodies for a run, one after another in one buffer, 64 bytes apart as simdjson wants them.
struct Corpus {
    let name: String
    private(set) var bytes: [UInt8] = []
    private(set) var starts: [Int] = []
    private(set) var lengths: [Int] = []
    let tweets: Int

    var bodyBytes: Int { lengths.reduce(0, +) }

    init(_ name: String, bodies: Int, tweetsEach: Int?, tweet: (inout Lottery) -> String) {
        self.name = name
        tweets = bodies * (tweetsEach ?? 1)
        var lottery = Lottery(state: 42)
        for _ in 0..<bodies {
            let body: String
            if let tweetsEach {
                body = "[" + (0..<tweetsEach).map { _ in tweet(&lottery) }.joined(separator: ",") + "]"
            } else {
                body = tweet(&lottery)
            }
            starts.append(bytes.count)
            lengths.append(body.utf8.count)
            bytes += body.utf8
            bytes += [UInt8](repeating: 0, count: 64)
        }
    }
}

/// Repeatable chance.
struct Lottery {
    var state: UInt64

    mutating func draw(_ count: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(count))
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[draw(elements.count)] }
}

/// What clients send: field order as Locust's users have it, descriptions of four to fourteen words.
enum Sample {
    private static let ascii = [
        "Hoy", "llueve", "en", "la", "capital", "mucho", "viento", "y", "cielo", "gris", "sol", "toda", "tarde", "con",
        "nubes",
        "frente", "al", "lago", "temperatura", "agradable",
    ]
    private static let spanish = [
        "Mañana", "está", "lloviendo", "en", "la", "región", "☔", "después", "salió", "el", "sol", "☀️", "qué", "día",
        "frío", "niebla",
    ]
    private static let japanese = ["今日は", "雨が", "降って", "います", "東京の", "天気は", "曇り", "のち", "晴れ", "です"]
    private static let countries = ["GT", "MX", "US", "ES", "JP", "BR", "de", "fr", "USA", "HND"]
    private static let weathers = ["Lluvioso", "Nubloso", "Soleado", "rainy", "cloudy", "sunny"]

    static func plain(_ lottery: inout Lottery) -> String { compact(words(ascii, &lottery), &lottery) }
    static func accented(_ lottery: inout Lottery) -> String { compact(words(spanish, &lottery), &lottery) }
    static func dense(_ lottery: inout Lottery) -> String {
        compact(words(japanese, separator: "", &lottery), &lottery)
    }

    /// As Python's `json.dumps` writes: blanks behind commas and colons, everything beyond ASCII escaped.
    static func escaped(_ lottery: inout Lottery) -> String {
        let text = words(spanish, &lottery).utf16.map { unit in
            unit < 128 ? String(UnicodeScalar(UInt8(unit))) : "\\u" + String(Int(unit) + 0x10000, radix: 16).suffix(4)
        }.joined()
        return
            #"{"description": "\#(text)", "country": "\#(lottery.pick(countries))", "#
            + #""weather": "\#(lottery.pick(weathers))"}"#
    }

    private static func compact(_ text: String, _ lottery: inout Lottery) -> String {
        #"{"description":"\#(text)","country":"\#(lottery.pick(countries))","weather":"\#(lottery.pick(weathers))"}"#
    }

    private static func words(_ words: [String], separator: String = " ", _ lottery: inout Lottery) -> String {
        (0..<4 + lottery.draw(11)).map { _ in lottery.pick(words) }.joined(separator: separator)
    }
}
