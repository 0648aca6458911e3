import Telemetry

extension TweetPool {
    /// How many made tweets there are before they repeat: enough variety, and small enough (2 MB) to stay in the cache.
    static let madeCount = 16_384

    /// Made tweets: countries by a Zipf spread (the first takes a sixth), sentences in Spanish and English.
    static func made(seed: UInt64, ndjson: Bool, count: Int = TweetPool.madeCount) -> TweetPool {
        var pool = TweetPool(ndjson: ndjson)
        var random = SplitMix64(seed: seed)
        let spread = Zipf(count: CountryCodes.count, exponent: 1)
        let weathers = Zipf(count: 3, exponent: 0.5)
        let ranking = ranking(&random)
        for _ in 0..<count {
            let country = ranking[spread.pick(&random)]
            let weather = weathers.pick(&random)
            let isSpanish = random.below(3) > 0
            var members = Array(#""description":"#.utf8)
            JSONText.append(MadeTexts.text(weather: weather, spanish: isSpanish, &random), to: &members)
            members += #","country":"\#(CountryCodes.codes[country])","weather":"#.utf8
            JSONText.append(isSpanish ? MadeTexts.spanish[weather] : WeatherCodes.names[weather], to: &members)
            pool.append(members: members, country: country, weather: weather)
        }
        return pool
    }

    /// The order of countries by how often they tweet: a few known ones first, the rest shuffled by the seed.
    private static func ranking(_ random: inout SplitMix64) -> [Int] {
        let first = [
            "GT", "MX", "ES", "US", "CO", "AR", "HN", "SV", "CR", "PE", "CL", "NI", "BR", "GB", "FR", "DE", "JP",
        ]
        .compactMap(CountryCodes.number(of:))
        var rest = (0..<CountryCodes.count).filter { !first.contains($0) }
        rest.shuffle(using: &random)
        return first + rest
    }
}

/// Sentences as people write them, accents included, put together from parts.
enum MadeTexts {
    static let spanish = ["Lluvioso", "Nubloso", "Soleado"]

    static func text(weather: Int, spanish: Bool, _ random: inout SplitMix64) -> String {
        let parts = spanish ? spanishParts : englishParts
        func pick(_ list: [String]) -> String { list[random.below(list.count)] }
        return "\(pick(parts.starts)) \(pick(parts.weathers[weather])) \(pick(parts.ends))"
    }

    private struct Parts {
        let starts: [String]
        /// By number of the weather.
        let weathers: [[String]]
        let ends: [String]
    }

    private static let spanishParts = Parts(
        starts: [
            "Esta mañana", "Aquí en el centro", "Por la tarde", "¡Qué día!", "Según la señora de la tienda", "Otra vez",
        ],
        weathers: [
            ["está lloviendo a cántaros", "cae una llovizna que no termina", "truena y no traje paraguas"],
            ["el cielo está gris y sin sol", "hay neblina en la montaña", "se está nublando rápido"],
            ["hace un sol que quema", "no hay ni una nube", "salió el sol después de días"],
        ],
        ends: [
            "☔️", "y así todo el año.", "; mañana será igual", "y el tráfico está terrible", "¿será que dura?",
            "en la autopista.",
        ])

    private static let englishParts = Parts(
        starts: [
            "Woke up and", "Downtown right now:", "As always,", "No joke,", "My grandma says", "Live from the café:",
        ],
        weathers: [
            ["it's raining sideways", "a thunderstorm just hit", "it won't stop drizzling"],
            ["it's grey all over", "clouds are rolling in", "the fog sits on everything"],
            ["not a cloud in the sky", "it's \"shorts weather\"", "the sun is out at last"],
        ],
        ends: ["🙂", "and I love it.", "so I'm staying in", "– who else?", "again…", "and the bus is late."])
}
