import Testing

@testable import Load

@Suite struct HistogramTests {
    @Test func quantilesAreWithinOnePercent() {
        var histogram = LatencyHistogram()
        var values = [Int64]()
        var random = SplitMix64(seed: 3)
        // From nanoseconds to minutes, evenly over the orders of magnitude.
        for _ in 0..<100_000 {
            let value = Int64(1) << Int64(random.below(36)) + Int64(random.below(1000))
            values.append(value)
            histogram.record(nanoseconds: value)
        }
        values.sort()
        for share in [0.01, 0.5, 0.9, 0.99, 0.999, 1] {
            let exact = values[max(0, Int((share * Double(values.count)).rounded(.up)) - 1)]
            let error = Double((histogram.quantile(share) - exact).magnitude) / Double(exact)
            #expect(error <= 0.01, "p\(share * 100): \(histogram.quantile(share)) for \(exact)")
        }
        #expect(histogram.max == values.last)
        #expect(histogram.count == 100_000)
    }

    @Test func everyValueFindsItsBucket() {
        for exponent in 0..<43 {
            for offset: Int64 in [-1, 0, 1] {
                let value = max(0, Int64(1) << Int64(exponent) + offset)
                var histogram = LatencyHistogram()
                histogram.record(nanoseconds: value)
                #expect(Double((histogram.quantile(0.5) - value).magnitude) <= 0.01 * Double(value))
            }
        }
    }

    @Test func extremesAreKept() {
        var histogram = LatencyHistogram()
        #expect(histogram.quantile(0.99) == 0)
        histogram.record(nanoseconds: -5)
        histogram.record(nanoseconds: .max)
        #expect(histogram.quantile(0.5) == 0)
        #expect(histogram.max == .max)
    }
}

@Suite struct ScheduleTests {
    @Test func openLoopKeepsIntendedTimes() {
        // 1,000 tweets/s in tens: a request each 10 ms.
        var schedule = Schedule(rate: 1000, batch: 10, count: nil, duration: 50_000_000)
        #expect(schedule.take(at: 0) == 0)
        #expect(schedule.take(at: 9_999_999) == nil)
        // 35 ms late: three are due, each with its own time.
        #expect(schedule.missed(at: 35_000_000) == 3)
        #expect(schedule.take(at: 35_000_000) == 10_000_000)
        #expect(schedule.take(at: 35_000_000) == 20_000_000)
        #expect(schedule.take(at: 35_000_000) == 30_000_000)
        #expect(schedule.take(at: 35_000_000) == nil)
        #expect(schedule.next(at: 36_000_000) == 40_000_000)
        var late = schedule
        #expect(late.take(at: 51_000_000) == 40_000_000, "meant for before the end")
        #expect(late.take(at: 52_000_000) == nil, "meant for the end")
        #expect(schedule.take(at: 150_000_000) == nil, "too late")
        #expect(schedule.missed(at: 150_000_000) == 1)
    }

    @Test func noDriftOverManyRequests() {
        var schedule = Schedule(rate: 3, batch: 1, count: nil, duration: nil)
        for _ in 0..<300_000 { _ = schedule.take(at: .max) }
        #expect(schedule.next(at: .max) == 100_000_000_000_000)
    }

    @Test func closedLoopIsAlwaysDue() {
        var schedule = Schedule(rate: nil, batch: 1, count: 2, duration: nil)
        #expect(schedule.take(at: 77) == 77)
        #expect(schedule.take(at: 78) == 78)
        #expect(schedule.take(at: 79) == nil)
        #expect(schedule.missed(at: 1000) == 0)
    }
}

@Suite struct ZipfTests {
    @Test func sharesFollowTheRanks() {
        let zipf = Zipf(count: 249, exponent: 1)
        var random = SplitMix64(seed: 1)
        var counts = [Int](repeating: 0, count: 249)
        for _ in 0..<200_000 { counts[zipf.pick(&random)] += 1 }
        for rank in [0, 1, 2, 9, 49] {
            let share = Double(counts[rank]) / 200_000
            #expect(abs(share - zipf.share(of: rank)) < 0.005)
        }
        // 1 / H(249) = 0.164, and rank 1 has half of it.
        #expect(abs(zipf.share(of: 0) - 0.164) < 0.001)
        #expect(abs(zipf.share(of: 1) * 2 - zipf.share(of: 0)) < 1e-9)
    }

    @Test func splitMixIsTheOneOfThePaper() {
        // The first outputs for seed 1234567, as in the reference implementation (prng.di.unimi.it/splitmix64.c).
        var random = SplitMix64(seed: 1_234_567)
        #expect(random.next() == 6_457_827_717_110_365_317)
        #expect(random.next() == 3_203_168_211_198_807_973)
    }
}

@Suite struct PoolTests {
    @Test func sameSeedSameTweets() {
        let first = TweetPool.made(seed: 5, ndjson: false, count: 100)
        #expect(first.bytes == TweetPool.made(seed: 5, ndjson: false, count: 100).bytes)
        #expect(first.bytes != TweetPool.made(seed: 6, ndjson: false, count: 100).bytes)
    }

    @Test func madeTweetsAreValidAndMatchTheirColumns() throws {
        let pool = TweetPool.made(seed: 1, ndjson: false, count: 2000)
        var texts = Set<String>()
        for index in 0..<pool.count {
            let tweet = pool.bytes(of: index..<index + 1).dropLast()
            var reader = JSONReader(Array(tweet))
            var members: [String: String] = [:]
            try reader.object { (reader, name) throws(JSONFault) in members[reader.decoded(name)] = try reader.string()
            }
            try reader.finish()
            let country = String(decoding: pool.countries[index * 2..<index * 2 + 2], as: UTF8.self)
            #expect(members["country"] == country)
            let weather = try #require(WeatherCodes.number(of: members["weather"] ?? ""))
            #expect(WeatherCodes.letters[weather] == pool.weathers[index])
            texts.insert(members["description"] ?? "")
        }
        #expect(texts.contains { $0.contains("á") }, "accents")
        #expect(texts.count > 200)
    }

    @Test func dataFilesOfBothShapes() throws {
        let array = """
            [{"id":"x","description":"a\\"b","country":"USA","weather":"rainy"},
             {"description":"c",
              "country":"es","weather":"Nublado"}, {"anything":1}]
            """
        let pool = try DataFile.read(Array(array.utf8), ndjson: true)
        #expect(pool.count == 3)
        #expect(String(decoding: pool.countries, as: UTF8.self) == "USES??")
        #expect(String(decoding: pool.weathers, as: UTF8.self) == "RC?")
        let lines = String(decoding: pool.bytes, as: UTF8.self).split(separator: "\n")
        #expect(lines.first == #"{"description":"a\"b","country":"USA","weather":"rainy"}"#)
        #expect(lines.count == 3)
        let same = try DataFile.read(Array("{\"a\":1}\n{\"b\":2}\n".utf8), ndjson: false)
        #expect(same.count == 2)
        #expect(throws: JSONFault.self) { try DataFile.read(Array("[]".utf8), ndjson: false) }
        #expect(throws: JSONFault.self) { try DataFile.read(Array("{\"a\":}".utf8), ndjson: false) }
    }
}

@Suite struct CountryTests {
    @Test func tableIsWhole() {
        #expect(CountryCodes.count == 249)
        #expect(CountryCodes.codes == CountryCodes.codes.sorted())
        #expect(Set(CountryCodes.codes).count == 249)
        for (number, code) in CountryCodes.codes.enumerated() {
            let letters = Array(code.utf8)
            #expect(letters.count == 2 && CountryCodes.number(of: letters[0], letters[1]) == number)
        }
        #expect(CountryCodes.number(of: "gtm") == CountryCodes.number(of: "GT"))
        #expect(CountryCodes.number(of: "XX") == nil)
    }
}

@Suite struct UUIDTests {
    @Test func partsLieWhereTheDesignSays() throws {
        let id = try #require(TweetUUID("01234567-89ab-8cde-bfff-ffffffffffff"))
        #expect(id.version == 8)
        #expect(id.sequence == 0x0123_4567_89ab_cde)
        #expect(id.session == 0x3fff_ffff_ffff_ffff)
        #expect(TweetUUID(session: id.session, sequence: id.sequence) == id)
        #expect(id.description == "01234567-89ab-8cde-bfff-ffffffffffff")
        let own = TweetUUID(milliseconds: 0x019a_b000_0001, random: (.max, .max))
        #expect(own.description == "019ab000-0001-7fff-bfff-ffffffffffff")
        #expect(own.version == 7)
    }

    @Test(arguments: [
        "", "01234567-89ab-8cde-bfff-fffffffffff", "01234567x89ab-8cde-bfff-ffffffffffff",
        "0123456g-89ab-8cde-bfff-ffffffffffff",
    ])
    func othersAreRefused(text: String) { #expect(TweetUUID(text) == nil) }
}

@Suite struct SettingsTests {
    @Test func targets() throws {
        let plain = try #require(HTTPTarget("http://127.0.0.1:8080/input"))
        #expect(plain.host == .v4([127, 0, 0, 1]) && plain.port == 8080 && plain.path == "/input")
        #expect(plain.authority == "127.0.0.1:8080")
        let local = try #require(HTTPTarget("http://localhost"))
        #expect(local.host == .v4([127, 0, 0, 1]) && local.port == 80 && local.path == "/")
        let six = try #require(HTTPTarget("http://[::1]:81/a?b=c"))
        #expect(six.host == .v6([UInt8](repeating: 0, count: 15) + [1]) && six.port == 81 && six.path == "/a?b=c")
        for text in [
            "https://127.0.0.1/", "http://example.org/", "http://127.0.0.1:0/", "http://127.0.0.1:65536/",
            "127.0.0.1:80",
            "http://[::1/", "http://::1/", "http://127.0.0.1:80/a b", "http://u@127.0.0.1/", "http://127.0.0.1/#a",
            "http://127.0.0.1/\r\nX: y",
        ] { #expect(HTTPTarget(text) == nil, "\(text)") }
    }

    @Test func problemsAreToldAllAtOnce() {
        var settings = LoadSettings()
        #expect(settings.problems.isEmpty)
        settings.target = "nonsense"
        settings.connections = 0
        settings.timeout = .zero
        #expect(settings.problems.count == 3)
        #expect(LoadRate("max") == .max && LoadRate("2.5") == .perSecond(2.5))
        #expect(LoadRate("0") == nil && LoadRate("nan") == nil && LoadRate("-1") == nil && LoadRate("x") == nil)
    }

    @Test func figures() {
        #expect(grouped(1_234_567) == "1,234,567" && grouped(12) == "12" && grouped(-1234) == "-1,234")
        #expect(
            decimal(1.005, digits: 1) == "1.0" && decimal(0.06, digits: 1) == "0.1"
                && decimal(-2.5, digits: 2) == "-2.50")
        #expect(duration(nanoseconds: 870_400) == "870 µs" && duration(nanoseconds: 4_560_000_000) == "4.56 s")
    }
}

@Suite struct RetryTests {
    @Test func onlyWhatCannotCountTwice() {
        let blind = RetryPolicy(retries: 2, ownIDs: false)
        #expect(blind.pause(after: .unavailable, attempts: 1, retryAfter: 3) == 3_000_000_000)
        #expect(blind.pause(after: .unavailable, attempts: 2, retryAfter: nil) == 200_000_000)
        #expect(blind.pause(after: .unavailable, attempts: 3, retryAfter: 3) == nil)
        #expect(blind.pause(after: .unknown, attempts: 1, retryAfter: nil) == nil)
        #expect(blind.pause(after: .rejected, attempts: 1, retryAfter: nil) == nil)
        let named = RetryPolicy(retries: 2, ownIDs: true)
        #expect(named.pause(after: .unknown, attempts: 1, retryAfter: nil) == 100_000_000)
        #expect(named.pause(after: .unknown, attempts: 1, retryAfter: 9999) == RetryPolicy.pauseMax)
    }

    @Test func whatWasUnknownStaysSoUntilTaken() {
        #expect(RetryPolicy.combined(.unavailable, wasUnknown: true) == .unknown)
        #expect(RetryPolicy.combined(.rejected, wasUnknown: true) == .unknown)
        #expect(RetryPolicy.combined(.accepted, wasUnknown: true) == .accepted)
        #expect(RetryPolicy.combined(.unavailable, wasUnknown: false) == .unavailable)
    }
}
