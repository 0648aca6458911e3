import Pipeline
import Testing
import Tweets

/// A moment so many milliseconds after the start.
func at(_ milliseconds: Int) -> Moment { Moment(nanoseconds: Int64(milliseconds) * 1_000_000) }

/// An intake with requests of made tweets, and the numbers of the groups that left it.
struct Door {
    var intake: Intake<Int>

    init(_ change: (inout Intake<Int>.Limits) -> Void = { _ in }) {
        var limits = Intake<Int>.Limits()
        change(&limits)
        intake = Intake(limits: limits, now: at(0))
    }

    /// - Parameter bytes: of each tweet, its newline included.
    mutating func add(_ caller: Int, tweets: Int = 1, bytes: Int = 10, at now: Int = 0) {
        let first = intake.open.count
        for _ in 0..<tweets { intake.open.append(Array(repeating: UInt8(ascii: "t"), count: bytes - 1)) }
        intake.add(caller, from: first, now: moment(now))
    }

    mutating func groups() -> [Intake<Int>.Group] {
        var groups: [Intake<Int>.Group] = []
        while let group = intake.next() { groups.append(group) }
        return groups
    }

    /// Answers as text: a request and what it was told.
    mutating func completed(_ number: Int, _ receipts: Receipts = .all(.stored), at now: Int = 0) -> [String] {
        Self.words(intake.completed(number, receipts, now: moment(now)))
    }

    mutating func expire(at now: Int) -> [String] { Self.words(intake.expire(now: moment(now))).sorted() }

    private func moment(_ milliseconds: Int) -> Moment { PipelineTests.at(milliseconds) }

    static func words(_ answers: [(Int, Intake<Int>.Verdict)]) -> [String] { answers.map { "\($0.0) \($0.1)" } }
}

/// Which requests travel together, and who gets which answer.
@Suite struct IntakeTests {
    @Test func requestsThatArriveWhileAGroupIsUnderWayTravelTogether() throws {
        var door = Door { $0.window = 1 }
        door.add(1)
        let first = try #require(door.groups().first)
        for caller in 2...9 { door.add(caller, tweets: 2) }
        #expect(door.groups().isEmpty, "the window has room for one")
        #expect(door.completed(first.number) == ["1 stored"])
        let second = door.groups()
        #expect(second.map(\.batch.count) == [16])
        #expect(door.completed(second[0].number) == (2...9).map { "\($0) stored" })
        #expect(door.intake.isIdle)
    }

    @Test(arguments: 1...4) func asManyGroupsAreUnderWayAsTheWindowHolds(_ window: Int) {
        var door = Door { ($0.window, $0.groupTweets) = (window, 1) }
        for caller in 0..<10 { door.add(caller) }
        let under = door.groups()
        #expect(under.count == window)
        #expect(under.map(\.number) == under.map(\.number).sorted())
        _ = door.completed(under[0].number)
        #expect(door.groups().count == 1)
    }

    @Test func groupIsClosedByItsTweets() {
        var door = Door { ($0.window, $0.groupTweets) = (8, 3) }
        door.add(1, tweets: 2)
        door.add(2, tweets: 2)  // reaches the bound: closed with both
        door.add(3)
        #expect(door.groups().map(\.batch.count) == [4, 1])
    }

    @Test func groupIsClosedByItsBytes() {
        var door = Door { ($0.window, $0.groupBytes) = (8, 100) }
        door.add(1, bytes: 99)
        door.add(2, bytes: 1)
        door.add(3, bytes: 100)
        door.add(4, bytes: 10)
        #expect(door.groups().map(\.batch.bytes.count) == [100, 100, 10])
    }

    @Test func requestLargerThanAGroupTravelsAlone() {
        var door = Door { ($0.window, $0.groupTweets) = (8, 10) }
        door.add(1, tweets: 1000)
        door.add(2)
        #expect(door.groups().map(\.batch.count) == [1000, 1])
    }

    @Test(arguments: [
        (Receipt.stored, Intake<Int>.Verdict.stored), (.spooled, .spooled), (.rejected, .rejected),
        (.unavailable, .unavailable), (.unknown, .unknown),
    ])
    func receiptOfAllIsTheVerdictOfEach(_ receipt: Receipt, _ verdict: Intake<Int>.Verdict) throws {
        var door = Door()
        door.add(1, tweets: 2)
        door.add(2)
        let group = try #require(door.groups().first)
        #expect(door.completed(group.number, .all(receipt)) == ["1 \(verdict)", "2 \(verdict)"])
    }

    /// The receipts of one request's tweets, and what the request is told: only what is certain of all of them.
    private static let mixtures: [([Receipt], Intake<Int>.Verdict)] = [
        ([.stored, .stored], .stored),
        ([.stored, .spooled], .spooled),
        ([.spooled, .stored, .stored], .spooled),
        ([.unavailable, .unavailable], .unavailable),
        ([.rejected, .rejected], .rejected),
        ([.stored, .unavailable], .unknown),
        ([.unavailable, .stored], .unknown),
        ([.unavailable, .spooled], .unknown),
        ([.stored, .rejected], .unknown),
        ([.unavailable, .rejected], .unknown),
        ([.unknown, .stored, .stored], .unknown),
        ([.stored, .unavailable, .unavailable], .unknown),
    ]

    @Test(arguments: mixtures) func verdictOfAMixture(_ receipts: [Receipt], _ verdict: Intake<Int>.Verdict) throws {
        var door = Door()
        // Neighbours with other receipts: each request hears of its own tweets only.
        door.add(1)
        door.add(2, tweets: receipts.count)
        door.add(3)
        let group = try #require(door.groups().first)
        #expect(
            door.completed(group.number, .each([.stored] + receipts + [.unavailable]))
                == ["1 stored", "2 \(verdict)", "3 unavailable"])
    }

    @Test func whatIsUnderWayWhenTimeIsUpIsUnknownAndTheRestCertainlyNotStored() {
        var door = Door { ($0.window, $0.groupTweets, $0.deadline) = (1, 2, .seconds(3)) }
        door.add(1, tweets: 2)
        let under = door.groups()
        door.add(2, tweets: 2)  // closed, waits for the window
        door.add(3)  // still open
        #expect(door.expire(at: 2999).isEmpty)
        #expect(door.expire(at: 3000) == ["1 unknown", "2 unavailable", "3 unavailable"])
        #expect(door.expire(at: 4000).isEmpty, "nobody is answered twice")
        #expect(!door.intake.isIdle, "a group is still under way")
        #expect(door.completed(under[0].number, at: 4000).isEmpty, "an answer that comes late has no one to go to")
        #expect(door.intake.isIdle)
        #expect(door.groups().isEmpty, "what expired must not be published")
        #expect(door.intake.tweetsInFlight == 0)
        #expect(door.intake.open.isEmpty)
    }

    @Test func youngRequestKeepsItsTimeThoughItTravelsWithAnOldOne() throws {
        var door = Door { $0.window = 1 }
        door.add(0)
        let stuck = try #require(door.groups().first)
        door.add(1, at: 100)
        door.add(2, at: 2900)
        #expect(door.completed(stuck.number, at: 2950) == ["0 stored"])
        let group = try #require(door.groups().first)
        #expect(door.expire(at: 3100) == ["1 unknown"], "request 2 came 200 ms ago")
        #expect(door.completed(group.number, at: 3110) == ["2 stored"])
        #expect(door.intake.isIdle)
    }

    @Test func oneAnswerAGroup() throws {
        var door = Door()
        door.add(1)
        let group = try #require(door.groups().first)
        #expect(door.completed(group.number + 7).isEmpty)
        #expect(door.completed(group.number) == ["1 stored"])
        #expect(door.completed(group.number).isEmpty)
        #expect(door.intake.tweetsInFlight == 0)
    }

    @Test func doorClosesAtTheBoundAndOpensWhenItIsLeft() throws {
        var door = Door { ($0.tweetsMax, $0.window) = (5, 1) }
        door.add(1, tweets: 4)
        let first = try #require(door.groups().first)
        #expect(door.intake.refusal() == nil)
        door.add(2, tweets: 3)  // what is let in may go beyond: it was one request
        #expect(door.intake.tweetsInFlight == 7)
        #expect(door.intake.refusal() == 5, "nothing has left yet, so the rate is not known")
        _ = door.completed(first.number, at: 300)
        #expect(door.intake.refusal() == nil)
        #expect(door.intake.tweetsInFlight == 3)
    }

    @Test func doorClosesAtTheBoundOfBytesWhereverTheyAre() throws {
        var door = Door { ($0.bytesMax, $0.window, $0.groupTweets) = (300, 1, 1) }
        door.add(1, bytes: 100)
        let first = try #require(door.groups().first)
        door.add(2, bytes: 100)  // closed, waits
        #expect(door.intake.refusal() == nil)
        door.intake.open.append(Array(repeating: UInt8(ascii: "t"), count: 99))  // being read
        #expect(door.intake.refusal() != nil)
        door.intake.open.truncate(to: 0)
        _ = door.completed(first.number)
        #expect(door.intake.refusal() == nil)
    }

    @Test func secondsToWaitFollowFromWhatLeaves() throws {
        var door = Door { ($0.tweetsMax, $0.window) = (100, 1) }
        door.add(1, tweets: 50)
        let first = try #require(door.groups().first)
        _ = door.completed(first.number, at: 500)  // 100 a second
        door.add(2, tweets: 250)
        #expect(door.intake.refusal() == 3)
    }
}
