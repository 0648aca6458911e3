import Pipeline
import Synchronization
import TestKit
import Testing
import Tweets

/// A consumer between a fake source and a fake store, on a clock that the test moves.
struct Consuming {
    let clock = ManualClock()
    let source = FakeSource()
    let store = FakeStore()
    let consumer: Consumer
    let counted = Counted()

    final class Counted: Sendable {
        private let batches = Mutex<[(Columns, [Bool])]>([])
        func put(_ columns: Columns, _ flags: [Bool]) { batches.withLock { $0.append((columns, flags)) } }
        var all: [(Columns, [Bool])] { batches.withLock { $0 } }
    }

    init(ordered: Bool = true, onClock: @escaping @Sendable () -> Void = {}) {
        consumer = Consumer(
            source: source, store: store, ordered: ordered, limits: ConsumerMachine.Limits(),
            clock: { [clock] in
                onClock()
                return clock.now
            }, counted: { [counted] in counted.put($0, $1) })
    }

    func pass(_ duration: Duration) {
        clock.advance(duration)
        consumer.tick()
    }

    static func id(_ number: Int) -> TweetID { TweetID(session: 5, sequence: UInt64(number)) }

    static func line(_ number: Int) -> [UInt8] { Array(SimulatedTweets.line(id(number)).utf8) }

    static func batch(_ numbers: Range<Int>) -> Batch { SimulatedTweets.batch(numbers.map(id)) }

    static func delivery(_ batches: [Batch], from first: Offset = 0, tag: Offset = 0) -> Delivery {
        let count = batches.reduce(0) { $0 + $1.count }
        return Delivery(batches: batches, first: first, next: first + Offset(count), tag: tag)
    }
}

/// What a consumer does with what it reads.
@Suite struct ConsumerTests {
    @Test func readingBeginsWhereTheStoreIs() {
        let consuming = Consuming()
        consuming.store.offsets.answers { _ in 40 }
        consuming.consumer.start()
        #expect(consuming.source.receives.inputs.map(\.from) == [40])
        // A log whose settling was lost with a crash is told.
        #expect(consuming.source.settles.inputs.map(\.next) == [40])
        #expect(consuming.source.settles.inputs.map(\.batches.count) == [0])
    }

    @Test func queueIsNotToldOfAnOffset() {
        let consuming = Consuming(ordered: false)
        consuming.consumer.start()
        #expect(consuming.source.settles.count == 0)
        #expect(consuming.source.receives.count == 1)
    }

    @Test func storeThatIsAwayAtTheStartIsAskedAgain() {
        let consuming = Consuming()
        consuming.store.offsets.answers { _ in .some(nil) }
        consuming.consumer.start()
        #expect(consuming.source.receives.count == 0)
        #expect(consuming.consumer.account.trouble != nil)
        #expect(consuming.consumer.account.failures == 1)
        consuming.store.offsets.answers { _ in 12 }
        consuming.pass(.milliseconds(50))
        #expect(consuming.source.receives.inputs.map(\.from) == [12])
        #expect(consuming.consumer.account.trouble == nil, "it answers again, and there is nothing to count")
    }

    @Test(arguments: [true, false]) func deliveryIsCountedAndSettled(_ ordered: Bool) {
        let consuming = Consuming(ordered: ordered)
        consuming.consumer.start()
        let delivery = Consuming.delivery([Consuming.batch(0..<3), Consuming.batch(3..<5)], from: 10, tag: 77)
        consuming.source.receives.answer(.delivery(delivery))
        let work = consuming.store.applies.inputs
        #expect(work.map(\.columns.ids) == [(0..<5).map(Consuming.id)])
        #expect(work.map(\.offsets) == [ordered ? 10..<15 : nil])
        #expect(consuming.source.settles.inputs.last?.tag == 77)
        #expect(consuming.source.settles.inputs.last?.batches.count == 2)
        #expect(consuming.consumer.account.counted == 5)
        #expect(consuming.consumer.isIdle)
        #expect(consuming.source.buries.count == 0)
    }

    @Test func seenTweetsAreDuplicatesAndThoseWhoListenHearWhich() {
        let consuming = Consuming()
        consuming.store.applies.answers { _ in .counted([true, false, true]) }
        consuming.consumer.start()
        consuming.source.receives.answer(.delivery(Consuming.delivery([Consuming.batch(0..<3)])))
        #expect(consuming.consumer.account.counted == 2)
        #expect(consuming.consumer.account.duplicates == 1)
        #expect(consuming.counted.all.map(\.1) == [[true, false, true]])
        #expect(consuming.counted.all.map(\.0.ids) == [(0..<3).map(Consuming.id)])
    }

    @Test(arguments: [true, false]) func recordsThatCannotBeReadAreKeptFirstAndNotCounted(_ ordered: Bool) throws {
        let consuming = Consuming(ordered: ordered)
        consuming.consumer.start()
        var second = Consuming.batch(3..<4)
        second.append("nonsense".utf8)
        second.append(Consuming.line(5))
        second.append(#"{"id":"1"}"#.utf8)
        consuming.source.receives.answer(
            .delivery(Consuming.delivery([Consuming.batch(0..<3), second], from: 100, tag: 9)))
        let letters = try #require(consuming.source.buries.inputs.first)
        #expect(letters.map { String(decoding: $0.bytes, as: UTF8.self) } == ["nonsense", #"{"id":"1"}"#])
        #expect(letters.map(\.origin) == (ordered ? [104, 106] : [9, 9]))
        #expect(letters.allSatisfy { !$0.reason.isEmpty })
        #expect(consuming.store.applies.inputs.map(\.columns.ids) == [[0, 1, 2, 3, 5].map(Consuming.id)])
        #expect(
            consuming.store.applies.inputs.map(\.offsets) == [ordered ? 100..<107 : nil], "the letters are passed, too")
        #expect(consuming.consumer.account.deadLetters == 2)
        #expect(consuming.consumer.account.counted == 5)
    }

    @Test func keptThenCountedThenSettled() {
        let consuming = Consuming(ordered: false)
        let (source, store) = (consuming.source, consuming.store)
        source.buries.answers { _ in nil }
        store.applies.answers { _ in nil }
        source.settles.answers { _ in nil }
        consuming.consumer.start()
        var batch = Consuming.batch(0..<2)
        batch.append("nonsense".utf8)
        source.receives.answer(.delivery(Consuming.delivery([batch])))
        #expect([source.buries.count, store.applies.count, source.settles.count] == [1, 0, 0])
        source.buries.answer(true)
        #expect([source.buries.count, store.applies.count, source.settles.count] == [1, 1, 0])
        #expect(!consuming.consumer.isIdle)
        store.applies.answer(.counted([true, true]))
        #expect([source.buries.count, store.applies.count, source.settles.count] == [1, 1, 1])
        #expect(!consuming.consumer.isIdle)
        source.settles.answer(true)
        #expect(consuming.consumer.isIdle)
    }

    @Test func whatFailsIsRepeatedWithTheSameWork() {
        let consuming = Consuming(ordered: false)
        let (source, store) = (consuming.source, consuming.store)
        source.buries.answers { _ in nil }
        store.applies.answers { _ in nil }
        source.settles.answers { _ in nil }
        consuming.consumer.start()
        var batch = Consuming.batch(0..<2)
        batch.append("nonsense".utf8)
        source.receives.answer(.delivery(Consuming.delivery([batch], tag: 4)))
        source.buries.answer(false)
        #expect(consuming.consumer.account.trouble != nil)
        consuming.pass(.milliseconds(50))
        #expect(source.buries.inputs.map { $0.map(\.origin) } == [[4], [4]])
        #expect(consuming.consumer.account.deadLetters == 0)
        source.buries.answer(true)
        store.applies.answer(.unavailable("the disk is full"))
        #expect(consuming.consumer.account.trouble == "the disk is full")
        #expect(consuming.consumer.account.counted == 0)
        consuming.pass(.milliseconds(50))
        #expect(store.applies.inputs.map(\.columns.count) == [2, 2])
        store.applies.answer(.counted([true, true]))
        #expect(consuming.consumer.account.trouble == nil)
        source.settles.answer(false)
        consuming.pass(.milliseconds(50))
        #expect(source.settles.inputs.map(\.tag) == [4, 4])
        source.settles.answer(true)
        let account = consuming.consumer.account
        #expect([account.counted, account.deadLetters, account.failures] == [2, 1, 3])
        #expect(consuming.consumer.isIdle)
        #expect(store.applies.count == 2, "counted once more would still be once, but it was not asked for")
    }

    @Test func lastTweetsAreAtMostTwentyTheNewestLast() {
        let consuming = Consuming()
        consuming.consumer.start()
        var last = Consuming.batch(30..<40)
        last.append("nonsense".utf8)
        last.append(Consuming.batch(40..<42))
        consuming.source.receives.answer(.delivery(Consuming.delivery([Consuming.batch(0..<30), last])))
        #expect(consuming.store.applies.inputs.map(\.recent) == [(22..<42).map(Consuming.line)])
    }

    @Test(arguments: [0, 1, 20]) func fewTweetsAreAllRecent(_ count: Int) {
        let consuming = Consuming()
        consuming.consumer.start()
        consuming.source.receives.answer(.delivery(Consuming.delivery([Consuming.batch(0..<count)])))
        #expect(consuming.store.applies.inputs.map(\.recent) == [(0..<count).map(Consuming.line)])
    }

    @Test func theNextDeliveryIsReadWhileOneIsCounted() {
        let consuming = Consuming()
        consuming.store.applies.answers { _ in nil }
        consuming.consumer.start()
        consuming.source.receives.answer(.delivery(Consuming.delivery([Consuming.batch(0..<2)])))
        consuming.pass(.milliseconds(20))
        #expect(consuming.source.receives.inputs.map(\.from) == [0, 2])
        consuming.source.receives.answer(.delivery(Consuming.delivery([Consuming.batch(2..<5)], from: 2)))
        #expect(consuming.store.applies.count == 1, "one transaction at a time, in order")
        consuming.store.applies.answer(.counted([true, true]))
        #expect(consuming.store.applies.inputs.map(\.offsets) == [0..<2, 2..<5])
    }

    @Test func storeThatIsElsewhereIsFollowedAndWhatWasOverruledIsDropped() {
        let consuming = Consuming()
        consuming.store.applies.answers { _ in nil }
        consuming.consumer.start()
        consuming.source.receives.answer(.delivery(Consuming.delivery([Consuming.batch(5..<7)], from: 5)))
        consuming.pass(.milliseconds(20))
        #expect(consuming.source.receives.waiting == 1)
        consuming.store.applies.answer(.elsewhere(2))
        #expect(consuming.source.receives.inputs.map(\.from) == [0, 7, 2])
        // The older call is answered by a delivery that was already on its way, and must not be counted.
        consuming.source.receives.answer(.delivery(Consuming.delivery([Consuming.batch(7..<9)], from: 7)))
        #expect(consuming.store.applies.count == 1)
        consuming.source.receives.answer(.delivery(Consuming.delivery([Consuming.batch(2..<7)], from: 2)))
        #expect(consuming.store.applies.inputs.map(\.offsets) == [5..<7, 2..<7])
        #expect(consuming.source.settles.inputs.map(\.next) == [0], "nothing but the catching up was settled")
    }

    @Test func storeThatFellBackWhileNothingComesIsFollowed() {
        let consuming = Consuming()
        consuming.store.offsets.answers { _ in 9 }
        consuming.consumer.start()
        consuming.store.offsets.answers { _ in 4 }
        consuming.pass(.seconds(1))
        #expect(consuming.source.receives.inputs.map(\.from) == [9, 4])
    }

    @Test func overruledReceiveIsNoFailure() {
        let consuming = Consuming()
        consuming.store.offsets.answers { _ in 9 }
        consuming.consumer.start()
        consuming.store.offsets.answers { _ in 4 }
        consuming.pass(.seconds(1))
        consuming.source.receives.answer(.unavailable("overruled by a newer call"))
        #expect(consuming.consumer.account.trouble == nil)
        #expect(consuming.consumer.account.failures == 0)
    }

    @Test func sourceThatFailedIsNoTroubleAnyMoreWhenItWaits() {
        let consuming = Consuming()
        consuming.consumer.start()
        consuming.source.receives.answer(.unavailable("connection lost"))
        #expect(consuming.consumer.account.trouble == "connection lost")
        consuming.pass(.milliseconds(50))
        #expect(consuming.source.receives.count == 2)
        // No tweet comes; the check is the first thing that succeeds.
        consuming.pass(.seconds(1))
        #expect(consuming.consumer.account.trouble == nil)
        #expect(consuming.consumer.account.failures == 1)
    }

    @Test func closedSourceIsNotReadAnyMore() {
        let consuming = Consuming()
        consuming.consumer.start()
        consuming.source.receives.answer(.closed)
        for _ in 0..<10 { consuming.pass(.seconds(1)) }
        #expect(consuming.source.receives.count == 1)
        #expect(consuming.consumer.isIdle)
    }
}
