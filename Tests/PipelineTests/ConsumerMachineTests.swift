import Pipeline
import TestKit
import Testing
import Tweets

/// Events in, actions out: read, bury, count, settle, and what follows when one of them fails.
@Suite struct ConsumerMachineTests {
    private typealias Action = ConsumerMachine.Action

    private static let limits: ConsumerMachine.Limits = {
        var limits = ConsumerMachine.Limits()
        (limits.tweetsMax, limits.linger) = (10, .milliseconds(20))
        limits.backoff = Backoff(initial: .milliseconds(50), longest: .milliseconds(400))
        limits.checkInterval = .seconds(1)
        return limits
    }()

    /// Started, at offset 7, with its first receive waiting.
    private static func started() -> ConsumerMachine {
        var machine = ConsumerMachine(limits: limits)
        _ = machine.begin()
        _ = machine.offset(7, now: at(0))
        return machine
    }

    private static func delivery(_ count: Int, from first: Offset) -> Delivery {
        Delivery(
            batches: [Samples().batch(0..<count)], first: first, next: first + Offset(count), tag: first)
    }

    // MARK: start

    @Test func nothingIsReadUntilTheStoreSaysWhere() {
        var machine = ConsumerMachine(limits: Self.limits)
        #expect(machine.begin() == [.askOffset])
        var now = 0
        for pause in [50, 100, 200, 400, 400] {
            #expect(machine.offset(nil, now: at(now)) == [])
            #expect(machine.tick(now: at(now + pause - 1)) == [])
            now += pause
            #expect(machine.tick(now: at(now)) == [.askOffset])
            #expect(machine.tick(now: at(now + 1)) == [], "it was asked already")
        }
        #expect(machine.offset(7, now: at(now)) == [.catchUp(7), .receive(number: 1, from: 7, upTo: 10)])
        #expect(machine.isIdle)
    }

    // MARK: the way of a delivery

    @Test func lettersAreKeptThenTheRestCountedThenTheDeliverySettled() {
        var machine = Self.started()
        #expect(
            machine.received(Self.delivery(2, from: 7), hasLetters: true, number: 1, now: at(0)) == [.bury(number: 1)])
        #expect(!machine.isIdle)
        #expect(machine.applied(.counted([true]), now: at(0)) == [], "nothing was applied yet")
        #expect(machine.settled(true, now: at(0)) == [], "nor settled")
        #expect(machine.buried(true, now: at(0)) == [.apply(number: 1)])
        #expect(machine.buried(true, now: at(0)) == [])
        #expect(machine.applied(.counted([true]), now: at(0)) == [.settle(number: 1)])
        #expect(machine.settled(true, now: at(0)) == [])
        #expect(machine.isIdle)
        #expect(machine.tick(now: at(20)) == [.receive(number: 2, from: 9, upTo: 10)])
    }

    @Test func deliveryWithoutLettersIsCountedAtOnce() {
        var machine = Self.started()
        #expect(
            machine.received(Self.delivery(2, from: 7), hasLetters: false, number: 1, now: at(0)) == [.apply(number: 1)]
        )
    }

    @Test func smallDeliveryIsFollowedByAPauseAndALargeOneIsNot() {
        var machine = Self.started()
        #expect(
            machine.received(Self.delivery(4, from: 7), hasLetters: false, number: 1, now: at(0)) == [.apply(number: 1)]
        )
        #expect(machine.tick(now: at(19)) == [])
        #expect(machine.tick(now: at(20)) == [.receive(number: 2, from: 11, upTo: 10)])
        var other = Self.started()
        #expect(
            other.received(Self.delivery(5, from: 7), hasLetters: false, number: 1, now: at(0))
                == [.apply(number: 1), .receive(number: 2, from: 12, upTo: 10)])
    }

    @Test func oneDeliveryIsReadAheadAndNoMore() {
        var machine = Self.started()
        _ = machine.received(Self.delivery(9, from: 7), hasLetters: false, number: 1, now: at(0))
        #expect(machine.received(Self.delivery(9, from: 16), hasLetters: true, number: 2, now: at(1)) == [])
        #expect(machine.tick(now: at(500)) == [], "two are enough")
        _ = machine.applied(.counted([]), now: at(500))
        #expect(
            machine.settled(true, now: at(500)) == [.bury(number: 2), .receive(number: 3, from: 25, upTo: 10)])
        _ = machine.buried(true, now: at(501))
        _ = machine.applied(.counted([]), now: at(501))
        #expect(machine.settled(true, now: at(501)) == [])
        #expect(machine.isIdle)
    }

    // MARK: failures

    @Test func eachStepIsRepeatedUntilItSucceeds() {
        var machine = Self.started()
        var now = 0
        func isRepeated(_ action: Action, _ fail: (inout ConsumerMachine, Moment) -> [Action]) {
            for pause in [50, 100, 200, 400, 400] {
                #expect(fail(&machine, at(now)) == [])
                #expect(machine.tick(now: at(now + pause - 1)) == [])
                now += pause
                #expect(machine.tick(now: at(now)) == [action])
                #expect(machine.tick(now: at(now + 1)) == [], "it is under way")
            }
        }
        _ = machine.received(Self.delivery(9, from: 7), hasLetters: true, number: 1, now: at(0))
        isRepeated(.bury(number: 1)) { $0.buried(false, now: $1) }
        #expect(machine.buried(true, now: at(now)) == [.apply(number: 1)])
        isRepeated(.apply(number: 1)) { $0.applied(.unavailable("away"), now: $1) }
        #expect(machine.applied(.counted([]), now: at(now)) == [.settle(number: 1)])
        isRepeated(.settle(number: 1)) { $0.settled(false, now: $1) }
        #expect(machine.settled(true, now: at(now)) == [])
    }

    @Test func sourceThatFailsIsAskedAgainAfterAPause() {
        var machine = Self.started()
        var (now, number) = (0, 1)
        for pause in [50, 100, 200, 400, 400] {
            #expect(machine.receiveFailed(number: number, now: at(now)) == [])
            #expect(machine.receiveFailed(number: number, now: at(now)) == [], "it failed once")
            #expect(machine.tick(now: at(now + pause - 1)) == [])
            (now, number) = (now + pause, number + 1)
            #expect(machine.tick(now: at(now)) == [.receive(number: number, from: 7, upTo: 10)])
        }
        // A success makes the next failure the first one.
        _ = machine.received(Self.delivery(9, from: 7), hasLetters: false, number: number, now: at(now))
        _ = machine.receiveFailed(number: number + 1, now: at(now))
        #expect(machine.tick(now: at(now + 50)) == [.receive(number: number + 2, from: 16, upTo: 10)])
    }

    @Test func sourceThatWasClosedIsNotReadAnyMoreButItsWorkIsFinished() {
        var machine = Self.started()
        _ = machine.received(Self.delivery(9, from: 7), hasLetters: false, number: 1, now: at(0))
        machine.closed()
        #expect(machine.isClosed)
        #expect(machine.applied(.unavailable("away"), now: at(0)) == [])
        #expect(machine.tick(now: at(50)) == [.apply(number: 1)])
        #expect(machine.applied(.counted([]), now: at(50)) == [.settle(number: 1)])
        #expect(machine.settled(true, now: at(50)) == [])
        #expect(machine.isIdle)
        #expect(machine.tick(now: at(10_000)) == [])
    }

    // MARK: a store that is somewhere else

    @Test func storeThatIsElsewhereIsFollowed() {
        var machine = Self.started()
        _ = machine.received(Self.delivery(9, from: 7), hasLetters: false, number: 1, now: at(0))
        _ = machine.received(Self.delivery(9, from: 16), hasLetters: false, number: 2, now: at(0))
        #expect(machine.applied(.elsewhere(3), now: at(1)) == [.receive(number: 3, from: 3, upTo: 10)])
        #expect(machine.isIdle, "what was read is of no use")
    }

    @Test func storeThatIsElsewhereOverrulesAWaitingReceive() {
        var machine = Self.started()
        _ = machine.received(Self.delivery(9, from: 7), hasLetters: false, number: 1, now: at(0))
        #expect(machine.isCurrent(receive: 2))
        #expect(machine.applied(.elsewhere(3), now: at(1)) == [.receive(number: 3, from: 3, upTo: 10)])
        #expect(!machine.isCurrent(receive: 2))
        #expect(machine.received(Self.delivery(9, from: 16), hasLetters: false, number: 2, now: at(2)) == [])
        #expect(machine.receiveFailed(number: 2, now: at(2)) == [])
        #expect(machine.isIdle)
        #expect(
            machine.received(Self.delivery(2, from: 3), hasLetters: false, number: 3, now: at(3)) == [.apply(number: 3)]
        )
    }

    @Test func storeThatIsElsewhereIsFollowedWithoutTheLinger() {
        var machine = Self.started()
        _ = machine.received(Self.delivery(1, from: 7), hasLetters: false, number: 1, now: at(0))
        #expect(machine.applied(.elsewhere(3), now: at(1)) == [.receive(number: 2, from: 3, upTo: 10)])
    }

    @Test func idleConsumerAsksNowAndThenWhereTheStoreIs() {
        var machine = Self.started()
        #expect(machine.tick(now: at(999)) == [])
        #expect(machine.tick(now: at(1000)) == [.askOffset])
        #expect(machine.tick(now: at(1001)) == [], "one question at a time")
        #expect(machine.offset(7, now: at(1010)) == [.catchUp(7)], "it is where it should be")
        #expect(machine.isCurrent(receive: 1))
        #expect(machine.tick(now: at(2009)) == [])
        #expect(machine.tick(now: at(2010)) == [.askOffset])
        #expect(machine.offset(nil, now: at(2010)) == [.catchUp(7)], "no word, no change")
        #expect(machine.isCurrent(receive: 1))
    }

    @Test func storeThatFellBackWhileIdleIsFollowed() {
        var machine = Self.started()
        _ = machine.tick(now: at(1000))
        #expect(machine.offset(3, now: at(1000)) == [.catchUp(3), .receive(number: 2, from: 3, upTo: 10)])
        #expect(!machine.isCurrent(receive: 1), "it waits at the wrong place, maybe for ever")
    }

    @Test func busyConsumerDoesNotAskBecauseItsBatchesCompare() {
        var machine = Self.started()
        _ = machine.received(Self.delivery(9, from: 7), hasLetters: false, number: 1, now: at(0))
        #expect(machine.tick(now: at(5000)) == [])
    }

    @Test func answerOfTheCheckIsIgnoredWhenWorkCameFirst() {
        var machine = Self.started()
        #expect(machine.tick(now: at(1000)) == [.askOffset])
        _ = machine.received(Self.delivery(9, from: 7), hasLetters: false, number: 1, now: at(1001))
        #expect(machine.offset(3, now: at(1002)) == [])
        #expect(machine.isCurrent(receive: 2))
        #expect(!machine.isIdle)
    }

    @Test func offsetThatNobodyAskedForIsIgnored() {
        var machine = Self.started()
        #expect(machine.offset(3, now: at(10)) == [])
        #expect(machine.isCurrent(receive: 1))
    }
}
