import Testing

@testable import Load

@Suite struct LedgerTests {
    private func parse(_ text: String) throws -> LedgerLine {
        let bytes = Array(text.utf8)
        return try LedgerReader.parse(bytes, 0..<bytes.count)
    }

    @Test func whatIsWrittenIsRead() throws {
        let folder = TemporaryFolder()
        let path = "\(folder.path)/ledger"
        var pool = TweetPool(ndjson: false)
        for (country, weather) in [("GT", 0), ("ES", 1), ("MX", 2)] {
            pool.append(members: [], country: CountryCodes.number(of: country), weather: weather)
        }
        pool.append(members: [], country: nil, weather: nil)
        var writer = try #require(LedgerWriter(path: path))
        writer.begin(milliseconds: 1, target: "http://127.0.0.1/", seed: .max, batch: 3, ownIDs: false)
        var request = LoadRequest()
        request.attempts = 2
        request.firstTweet = 2
        let made = MadeIDs(first: try #require(TweetUUID(TestIDs.made(9))), count: 2)
        let answer = GatewayAnswer(outcome: .spooled, made: made, rejected: [1])
        writer.append(answer, status: 202, milliseconds: 77, request, pool, tweets: 3)
        request.ids = try (0..<3).map { try #require(TweetUUID(TestIDs.own($0))) }
        writer.append(GatewayAnswer(outcome: .unknown), status: 0, milliseconds: 78, request, pool, tweets: 3)
        writer.end(milliseconds: 99)
        writer.close()
        #expect(writer.failure == nil)

        var lines = [LedgerLine]()
        try LedgerReader.read(path) { lines.append($0) }
        let places = ["MX", "", "GT"].map { CountryCodes.number(of: $0) ?? -1 }
        let first = LedgerRecord(
            outcome: .spooled, at: 77, made: made, ids: [], rejected: [1], countries: places, weathers: [2, -1, 0])
        let second = LedgerRecord(
            outcome: .unknown, at: 78, made: nil, ids: request.ids, rejected: [], countries: places,
            weathers: [2, -1, 0])
        #expect(lines == [.begin, .request(first), .request(second), .end(requests: 2)])
    }

    @Test(arguments: [
        "{}", "nonsense", #"{"run":"begin","version":2}"#, #"{"run":"end"}"#,
        #"{"outcome":"accepted","countries":"GT","weathers":"R"}"#,
        #"{"outcome":"good","countries":"GT","weathers":"R"}"#,
        #"{"outcome":"accepted","first":"\#(TestIDs.made(1))","count":2,"countries":"GT","weathers":"R"}"#,
        #"{"outcome":"accepted","first":"\#(TestIDs.made(1))","count":-1,"countries":"GT","weathers":"R"}"#,
        #"{"outcome":"accepted","first":"\#(TestIDs.own(1))","count":1,"countries":"GT","weathers":"R"}"#,
        #"{"outcome":"unknown","countries":"GTES","weathers":"R"}"#,
        #"{"outcome":"unknown","rejected":[5],"countries":"GT","weathers":"R"}"#,
        #"{"outcome":"unknown","ids":["\#(TestIDs.own(1))"],"countries":"GTES","weathers":"RR"}"#,
    ])
    func linesThatProveNothingAreRefused(text: String) {
        #expect(throws: JSONFault.self) { try parse(text) }
    }

    @Test func aCutLineAndAMissingFileAreErrors() {
        let folder = TemporaryFolder()
        let cut = folder.write("cut", #"{"run":"begin","version":1}"# + "\n" + #"{"outcome":"acc"#)
        #expect(throws: LedgerError.self) { try LedgerReader.read(cut) { _ in } }
        #expect(throws: LedgerError.self) { try LedgerReader.read("\(folder.path)/none") { _ in } }
    }

    @Test func runsWithoutAProperEndAreCounted() {
        func broken(_ lines: [LedgerLine]) -> Int {
            var claims = Claims()
            for line in lines { claims.add(line) }
            claims.add(.begin)
            claims.add(.end(requests: 0))
            return claims.brokenRuns
        }
        let record = LedgerLine.request(LedgerRecord(outcome: .unknown, countries: [1], weathers: [1]))
        #expect(broken([.begin, record, .end(requests: 1)]) == 0)
        #expect(broken([.begin, record]) == 1)
        #expect(broken([.begin, record, .end(requests: 2)]) == 1)
        #expect(broken([record, .end(requests: 1)]) == 1)
    }
}

@Suite struct IDSetTests {
    @Test func agreesWithASimpleSet() {
        var random = SplitMix64(seed: 9)
        func build() -> (IDSet, Set<TweetUUID>, Set<TweetUUID>) {
            var (set, repeated) = (IDSet(), IDSet())
            var (plain, twice) = (Set<TweetUUID>(), Set<TweetUUID>())
            for _ in 0..<200 {
                let first = UInt64((1 << 17) - 300 + random.below(600))
                let count = UInt64(1 + random.below(70))
                set.insert(session: UInt64(random.below(2)), first: first, count: 0, repeated: &repeated)
                let session = UInt64(random.below(2))
                set.insert(session: session, first: first, count: count, repeated: &repeated)
                for sequence in first..<first + count {
                    let id = TweetUUID(session: session, sequence: sequence)
                    if !plain.insert(id).inserted { twice.insert(id) }
                }
                let own = TweetUUID(milliseconds: Int64(random.below(50)), random: (0, 0))
                set.insert(own, repeated: &repeated)
                if !plain.insert(own).inserted { twice.insert(own) }
            }
            set.seal(repeated: &repeated)
            #expect(Set(repeated.prefix(.max)) == twice)
            return (set, plain, twice)
        }
        let (a, plainA, _) = build()
        let (b, plainB, _) = build()
        #expect(a.count == plainA.count && Set(a.prefix(.max)) == plainA)
        #expect(Set(a.subtracting(b).prefix(.max)) == plainA.subtracting(plainB))
        #expect(Set(a.intersection(b).prefix(.max)) == plainA.intersection(plainB))
        #expect(Set(a.union(b).prefix(.max)) == plainA.union(plainB))
        #expect(a.subtracting(a).isEmpty && !a.isEmpty)
        #expect(a.prefix(3).count == 3)
    }

    @Test func hundredMillionStaySmall() {
        var (set, repeated) = (IDSet(), IDSet())
        for start in stride(from: 0, to: 100_000_000, by: 1_000_000) {
            set.insert(session: 1, first: UInt64(start), count: 1_000_000, repeated: &repeated)
        }
        // A bit each, in pages of 16 KiB.
        #expect(set.count == 100_000_000 && set.pages.count == 763 && repeated.isEmpty)
    }
}
