import Pipeline
import Synchronization
import TestKit
import Testing
import Tweets

/// A dispatcher on two fake legs and a clock that the test moves, and what its callers heard.
struct Dispatch {
    let clock = ManualClock()
    let legs: ByLeg<FakeLeg>
    let dispatcher: Dispatcher
    let heard = Heard()

    final class Heard: Sendable {
        private let words = Mutex<[Receipts]>([])
        func put(_ receipts: Receipts) { words.withLock { $0.append(receipts) } }
        var all: [Receipts] { words.withLock { $0 } }
    }

    /// Legs that wait for the test.
    init(batchesMax: Int = 8, _ script: @escaping Calls<Batch, Receipts>.Script = { _ in nil }) {
        legs = ByLeg { _ in FakeLeg(script) }
        var limits = DispatchMachine.Limits()
        limits.batchesMax = batchesMax
        dispatcher = Dispatcher(
            legs: ByLeg(kafka: legs.kafka, rabbitmq: legs.rabbitmq), limits: limits, clock: { [clock] in clock.now })
    }

    func publish(_ batch: Batch = Samples().batch(0..<3)) { dispatcher.publish(batch) { [heard] in heard.put($0) } }

    func pass(_ duration: Duration) {
        clock.advance(duration)
        dispatcher.tick()
    }
}

/// The effects of the dispatch machine: to its caller a dispatcher looks like one leg.
@Suite struct DispatcherTests {
    @Test func legsMayAnswerBeforeTheirPublishReturns() {
        let dispatch = Dispatch { _ in .all(.stored) }
        dispatch.publish()
        #expect(dispatch.heard.all == [.all(.stored)])
        #expect(dispatch.dispatcher.isIdle)
        #expect(dispatch.legs.kafka.calls.inputs == [Samples().batch(0..<3)])
        #expect(dispatch.legs.rabbitmq.calls.inputs == [Samples().batch(0..<3)])
    }

    @Test func callerWaitsForBothLegs() {
        let dispatch = Dispatch()
        dispatch.publish()
        dispatch.legs.rabbitmq.calls.answer(.all(.stored))
        #expect(dispatch.heard.all.isEmpty)
        #expect(dispatch.dispatcher.account.underway == 1)
        dispatch.legs.kafka.calls.answer(.all(.stored))
        #expect(dispatch.heard.all == [.all(.stored)])
        #expect(dispatch.dispatcher.isIdle)
    }

    @Test func legThatFailsGetsTheSameBytesAgain() {
        let dispatch = Dispatch()
        dispatch.publish()
        dispatch.legs.kafka.calls.answer(.all(.stored))
        dispatch.legs.rabbitmq.calls.answer(.all(.unavailable))
        dispatch.pass(.milliseconds(49))
        #expect(dispatch.legs.rabbitmq.calls.count == 1)
        dispatch.pass(.milliseconds(1))
        #expect(dispatch.legs.rabbitmq.calls.inputs == Array(repeating: Samples().batch(0..<3), count: 2))
        dispatch.legs.rabbitmq.calls.answer(.all(.stored))
        #expect(dispatch.heard.all == [.all(.stored)])
        #expect(dispatch.legs.kafka.calls.count == 1)
        #expect(dispatch.dispatcher.account.retries == ByLeg(kafka: 0, rabbitmq: 1))
    }

    @Test func legThatFailsAtOnceIsNotAskedInALoop() {
        let dispatch = Dispatch()
        dispatch.legs.kafka.calls.answers { _ in .all(.stored) }
        dispatch.legs.rabbitmq.calls.answers { _ in .all(.unavailable) }
        dispatch.publish()
        #expect(dispatch.legs.rabbitmq.calls.count == 1)
        dispatch.pass(.milliseconds(50))
        #expect(dispatch.legs.rabbitmq.calls.count == 2)
        dispatch.legs.rabbitmq.calls.answers { _ in .all(.stored) }
        dispatch.pass(.milliseconds(100))
        #expect(dispatch.heard.all == [.all(.stored)])
    }

    @Test func answerThatComesAfterTheDeadlineIsNotHeard() {
        let dispatch = Dispatch()
        dispatch.publish()
        dispatch.legs.kafka.calls.answer(.all(.stored))
        dispatch.pass(.milliseconds(2500))
        #expect(dispatch.heard.all == [.all(.unknown)])
        #expect(dispatch.dispatcher.account.repairing == 1)
        #expect(!dispatch.dispatcher.isIdle)
        dispatch.legs.rabbitmq.calls.answer(.all(.stored))
        #expect(dispatch.heard.all == [.all(.unknown)])
        #expect(dispatch.dispatcher.isIdle)
        #expect(dispatch.dispatcher.account.repairing == 0)
    }

    @Test func batchWithoutRoomIsRefusedAtOnce() {
        let dispatch = Dispatch(batchesMax: 1)
        dispatch.publish()
        dispatch.publish()
        #expect(dispatch.heard.all == [.all(.unavailable)])
        #expect(dispatch.legs.kafka.calls.count == 1)
        for leg in LegName.allCases { dispatch.legs[leg].calls.answer(.all(.stored)) }
        #expect(dispatch.heard.all == [.all(.unavailable), .all(.stored)])
    }

    @Test func receiptsOfEachAreCombinedEach() {
        let dispatch = Dispatch()
        dispatch.publish()
        dispatch.legs.kafka.calls.answer(.each([.stored, .spooled, .rejected]))
        dispatch.legs.rabbitmq.calls.answer(.all(.stored))
        #expect(dispatch.heard.all == [.each([.stored, .spooled, .unknown])])
    }

    @Test func everyCallerIsAnsweredOnceFromManyThreads() async {
        let dispatch = Dispatch(batchesMax: 1000) { batch in .all(batch.count % 2 == 0 ? .stored : .unavailable) }
        await withTaskGroup { group in
            for worker in 0..<8 {
                group.addTask {
                    for count in 1...50 { dispatch.publish(Samples(session: UInt64(worker)).batch(0..<count)) }
                }
            }
        }
        #expect(dispatch.heard.all.count == 400)
        #expect(dispatch.heard.all.count { $0 == .all(.stored) } == 200)
        #expect(dispatch.dispatcher.isIdle)
    }
}
