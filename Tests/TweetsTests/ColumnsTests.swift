import Testing
import Tweets

@Suite struct ColumnsTests {
    private func columns(_ lines: [String]) -> (Columns, [(Int, TweetError)]) {
        var batch = Batch()
        for line in lines { batch.append(line.utf8) }
        var columns = Columns()
        var unreadable: [(Int, TweetError)] = []
        TweetReader().columns(of: batch, into: &columns) { unreadable.append(($0, $1)) }
        return (columns, unreadable)
    }

    @Test func takesABatchApart() {
        let own = clientID(at: 5)
        let (columns, unreadable) = columns([
            canonical(#"a\n"#), canonical("é", "MX", "cloudy", id: own.description, accepted: 0),
        ])
        #expect(unreadable.isEmpty)
        #expect(columns.ids == [TweetID(session: 1, sequence: 7), own])
        #expect(columns.countries.map(\.alpha2) == ["GT", "MX"])
        #expect(columns.weathers == [.rainy, .cloudy])
        #expect(columns.accepted == [noon, 0])
    }

    @Test func leavesOutWhatIsNotCanonical() {
        let good = canonical("d")
        let bad = [
            "", "{}", " " + good, good + " ", String(good.dropLast()), good.replacing("accepted", with: "Accepted"),
            good.replacing("GT", with: "QQ"), good.replacing("rainy", with: "snowy"),
            good.replacing("rainy", with: "rainy "),
            good.replacing("-8007-", with: "-4007-"), good.replacing("-8007-", with: "-g007-"), canonical(""),
            canonical("\u{1}"),
            canonical(#"\x"#), good.replacing(String(noon), with: "0\(noon)"), good.replacing(String(noon), with: "-1"),
            good.replacing(String(noon), with: "9007199254740993"), good.replacing(String(noon), with: ""),
            good.replacing(String(noon), with: "99999999999999999999"), good + good,
            good.replacing("\"}", with: "\",\"x\":1}"),
        ]
        let (columns, unreadable) = columns(bad.flatMap { [$0, good] })
        #expect(columns.count == bad.count)
        #expect(unreadable.map(\.0) == bad.indices.map { 2 * $0 })
        #expect(unreadable[6].1.field?.description == "country")
        #expect(unreadable[7].1.field?.description == "weather")
        #expect(unreadable[9].1.field?.description == "id")
    }

    @Test func everyPrefixIsLeftOut() {
        let good = Array(canonical(#"é\n😀"#).utf8)
        for length in 0..<good.count {
            let (columns, unreadable) = columns([String(decoding: good.prefix(length), as: UTF8.self)])
            #expect(columns.isEmpty && unreadable.count == 1)
        }
    }

    @Test func addsToWhatIsThere() {
        var batch = Batch()
        batch.append(canonical("d").utf8)
        var columns = Columns()
        TweetReader().columns(of: batch, into: &columns) { _, _ in }
        TweetReader().columns(of: batch, into: &columns) { _, _ in }
        #expect(columns.count == 2)
        #expect(columns.countries.count == 2 && columns.weathers.count == 2 && columns.accepted.count == 2)
    }
}
