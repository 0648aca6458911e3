import Testing
import Tweets

/// Ids that clients bring, in the body and as Idempotency-Key.
@Suite struct ReaderIDTests {
    private let own = clientID(at: noon - 1000)

    @Test func anIdOfTheBodyIsKept() {
        let outcome = read(tweet("d", id: own.description.uppercased()))
        #expect(outcome.single == own)
        #expect(outcome.lines == [canonical("d", id: own.description)])
        #expect(outcome.ids.next == 7)
    }

    @Test func idsThatAreMadeAreOneRangeAmongOwnOnes() throws {
        let body = "[\(tweet("a")),\(tweet("b", id: own.description)),\(tweet("c", "QQ")),\(tweet("d"))]"
        let outcome = read(body)
        let many = try #require(outcome.many)
        #expect(many.made?.first.sequence == 7)
        #expect(many.made?.count == 2)
        #expect(outcome.ids.next == 9)
        var columns = Columns()
        TweetReader().columns(of: outcome.batch, into: &columns) { _, _ in }
        #expect(columns.ids == [TweetID(session: 1, sequence: 7), own, TweetID(session: 1, sequence: 8)])
        #expect(try #require(read("[\(tweet("b", id: own.description))]").many).made == nil)
    }

    @Test(
        arguments: [
            (-900_001, "was made too long ago"), (-900_000, nil), (0, nil), (60_000, nil),
            (60_001, "was made in the future"),
        ] as [(Int64, String?)])
    func theWindow(_ offset: Int64, _ message: String?) {
        let id = clientID(at: noon + offset)
        #expect(read(tweet("d", id: id.description)).error?.message.description == message)
        #expect(read(tweet("d"), key: id).error?.message.description == message)
        #expect(read(tweet("d"), key: id).error?.field?.description == (message == nil ? nil : "id"))
    }

    @Test func theWindowIsASetting() {
        var limits = ReaderLimits()
        limits.windowBackMilliseconds = 10
        limits.windowAheadMilliseconds = 0
        #expect(read(tweet("d", id: clientID(at: noon - 10).description), limits: limits).single != nil)
        #expect(read(tweet("d", id: clientID(at: noon - 11).description), limits: limits).error != nil)
        #expect(read(tweet("d", id: clientID(at: noon + 1).description), limits: limits).error != nil)
        limits.windowBackMilliseconds = .max
        limits.windowAheadMilliseconds = .max
        #expect(read(tweet("d", id: clientID(at: 0).description), limits: limits).single != nil)
        #expect(read(tweet("d", id: clientID(at: 1 << 48 - 1).description), limits: limits).single != nil)
    }

    @Test(arguments: [
        "00000000-0000-8007-8000-000000000001", "01a0c450-6c00-4123-8000-000000000005",
        "01a0c450-6c00-7123-c000-000000000005",
    ])
    func onlyVersion7(_ id: String) throws {
        let error = try #require(read(tweet("d", id: id)).error)
        #expect(error.message.description == "must be a UUIDv7")
        #expect(error.position == tweet("d").utf8.count + 5)
        let key = try #require(TweetID(id))
        #expect(read(tweet("d"), key: key).error?.kind == .invalid)
    }

    @Test func theKeyIsTheIdOfASingleTweet() {
        #expect(read(tweet("d"), key: own).single == own)
        #expect(read(tweet("d") + "\n", key: own).single == own)
        #expect(read(tweet("d", id: own.description), key: own).single == own)
        let differs = read(tweet("d", id: clientID(at: noon).description), key: own)
        #expect(differs.error?.message.description == "differs from Idempotency-Key")
        #expect(differs.batch.isEmpty)
        for many in ["[\(tweet("d"))]", "[]", "\(tweet("d"))\n\(tweet("e"))"] {
            let outcome = read(many, key: own)
            #expect(outcome.error?.kind == .invalid)
            #expect(outcome.error?.field?.description == "id")
            #expect(outcome.batch.isEmpty)
        }
        #expect(read("[", key: own).error?.kind == .malformed)
    }
}
