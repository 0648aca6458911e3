import Pipeline
import Testing
import Tweets

/// Events in, actions out: which leg gets which batch when, and what the caller hears.
@Suite struct DispatchMachineTests {
    private typealias Action = DispatchMachine.Action

    private static func machine(batchesMax: Int = 8) -> DispatchMachine {
        var limits = DispatchMachine.Limits()
        limits.batchesMax = batchesMax
        limits.deadline = .milliseconds(2500)
        limits.backoff = Backoff(initial: .milliseconds(50), longest: .milliseconds(400))
        return DispatchMachine(limits: limits)
    }

    private static let toBoth: [Action] = [.publish(batch: 1, .kafka), .publish(batch: 1, .rabbitmq)]

    private static func end(_ receipts: Receipts) -> [Action] {
        [.answer(batch: 1, receipts), .forget(batch: 1)]
    }

    /// What the legs say at the first try, in this order, when that is the end of it.
    private static let ends: [(kafka: Receipts, rabbitmq: Receipts, answer: Receipts)] = [
        (.all(.stored), .all(.stored), .all(.stored)),
        (.all(.stored), .all(.spooled), .all(.spooled)),
        (.all(.spooled), .all(.stored), .all(.spooled)),
        (.all(.spooled), .all(.spooled), .all(.spooled)),
        (.all(.rejected), .all(.rejected), .all(.rejected)),
        (.all(.stored), .all(.rejected), .all(.unknown)),
        (.all(.unavailable), .all(.unavailable), .all(.unavailable)),
        (.each([.unavailable, .unavailable]), .all(.unavailable), .all(.unavailable)),
        (.each([.stored, .rejected]), .all(.stored), .each([.stored, .unknown])),
        (.each([.stored, .rejected]), .each([.spooled, .rejected]), .each([.spooled, .rejected])),
    ]

    @Test(arguments: ends.indices, [true, false]) func oneTryIsEnough(_ row: Int, isKafkaFirst: Bool) {
        let (kafka, rabbitmq, answer) = Self.ends[row]
        var machine = Self.machine()
        #expect(machine.submit(1, count: 2, now: at(0)) == Self.toBoth)
        let first = isKafkaFirst ? LegName.kafka : .rabbitmq
        let second = isKafkaFirst ? LegName.rabbitmq : .kafka
        let receipts = ByLeg(kafka: kafka, rabbitmq: rabbitmq)
        #expect(
            machine.received(receipts[first], from: first, batch: 1, now: at(1)) == [], "the other leg has not spoken")
        #expect(machine.received(receipts[second], from: second, batch: 1, now: at(2)) == Self.end(answer))
        #expect(machine.underway == 0)
        #expect(machine.tick(now: at(60_000)) == [], "it is forgotten")
    }

    @Test(arguments: [
        Receipts.all(.unavailable), .all(.unknown), .each([.stored, .unavailable]), .each([.unknown, .stored]),
    ])
    func legThatLacksSomethingIsTriedAgainAloneUntilItHasIt(_ lacking: Receipts) {
        var machine = Self.machine()
        _ = machine.submit(1, count: 2, now: at(0))
        _ = machine.received(lacking, from: .rabbitmq, batch: 1, now: at(10))
        #expect(machine.received(.all(.stored), from: .kafka, batch: 1, now: at(10)) == [])
        // 50, 100, 200, 400, 400 ms after each failure.
        var now = 10
        for pause in [50, 100, 200, 400, 400] {
            #expect(machine.tick(now: at(now + pause - 1)) == [])
            now += pause
            #expect(machine.tick(now: at(now)) == [.publish(batch: 1, .rabbitmq)])
            #expect(machine.tick(now: at(now)) == [], "it is already on its way")
            #expect(machine.received(.all(.unavailable), from: .rabbitmq, batch: 1, now: at(now)) == [])
        }
        #expect(machine.tick(now: at(now + 400)) == [.publish(batch: 1, .rabbitmq)])
        let answers = machine.received(.all(.stored), from: .rabbitmq, batch: 1, now: at(now + 410))
        #expect(answers.count == 2)
        #expect(answers.last == .forget(batch: 1))
        guard case .answer(1, let receipts)? = answers.first else {
            Issue.record("no answer: \(answers)")
            return
        }
        #expect((0..<2).map { receipts[$0] } == [.stored, .stored])
    }

    @Test func bothLegsThatLackSomethingAreTriedAgain() {
        var machine = Self.machine()
        _ = machine.submit(1, count: 1, now: at(0))
        _ = machine.received(.all(.unknown), from: .kafka, batch: 1, now: at(0))
        _ = machine.received(.all(.unavailable), from: .rabbitmq, batch: 1, now: at(0))
        #expect(machine.tick(now: at(50)) == Self.toBoth)
        #expect(machine.received(.all(.stored), from: .kafka, batch: 1, now: at(51)) == [])
        #expect(machine.received(.all(.stored), from: .rabbitmq, batch: 1, now: at(52)) == Self.end(.all(.stored)))
    }

    @Test func unavailableAfterUnknownIsStillUnknown() {
        var machine = Self.machine()
        _ = machine.submit(1, count: 1, now: at(0))
        _ = machine.received(.all(.unknown), from: .kafka, batch: 1, now: at(0))
        _ = machine.received(.all(.unavailable), from: .rabbitmq, batch: 1, now: at(0))
        _ = machine.tick(now: at(50))
        _ = machine.received(.all(.unavailable), from: .kafka, batch: 1, now: at(51))
        // Kafka may have it from the first try, so it must not be given up although both say "unavailable" now.
        #expect(machine.received(.all(.unavailable), from: .rabbitmq, batch: 1, now: at(52)) == [])
        #expect(machine.underway == 1)
        #expect(machine.tick(now: at(152)) == Self.toBoth)
    }

    @Test func whatOneTryStoredStaysStoredWhateverTheNextOneSays() {
        var machine = Self.machine()
        _ = machine.submit(1, count: 3, now: at(0))
        _ = machine.received(.all(.stored), from: .kafka, batch: 1, now: at(0))
        _ = machine.received(.each([.stored, .unavailable, .unknown]), from: .rabbitmq, batch: 1, now: at(0))
        _ = machine.tick(now: at(50))
        _ = machine.received(.each([.unavailable, .stored, .unavailable]), from: .rabbitmq, batch: 1, now: at(51))
        _ = machine.tick(now: at(151))
        #expect(
            machine.received(.each([.unknown, .unknown, .spooled]), from: .rabbitmq, batch: 1, now: at(152))
                == Self.end(.each([.stored, .stored, .spooled])))
    }

    @Test func callerHearsUnknownAtTheDeadlineAndTheBatchGoesOn() {
        var machine = Self.machine()
        _ = machine.submit(1, count: 1, now: at(0))
        _ = machine.received(.all(.stored), from: .kafka, batch: 1, now: at(0))
        #expect(machine.tick(now: at(2499)) == [])
        #expect(machine.repairing == 0)
        #expect(machine.tick(now: at(2500)) == [.answer(batch: 1, .all(.unknown))])
        #expect(machine.tick(now: at(2501)) == [], "once")
        #expect(machine.repairing == 1)
        #expect(machine.underway == 1)
        _ = machine.received(.all(.unavailable), from: .rabbitmq, batch: 1, now: at(3000))
        #expect(machine.tick(now: at(3050)) == [.publish(batch: 1, .rabbitmq)])
        #expect(
            machine.received(.all(.stored), from: .rabbitmq, batch: 1, now: at(3060)) == [.forget(batch: 1)],
            "the caller has had its answer")
        #expect(machine.repairing == 0)
        #expect(machine.underway == 0)
    }

    @Test func nowhereAfterTheDeadlineIsForgottenWithoutASecondAnswer() {
        var machine = Self.machine()
        _ = machine.submit(1, count: 1, now: at(0))
        _ = machine.tick(now: at(2500))
        _ = machine.received(.all(.unavailable), from: .kafka, batch: 1, now: at(2600))
        #expect(machine.received(.all(.unavailable), from: .rabbitmq, batch: 1, now: at(2600)) == [.forget(batch: 1)])
    }

    @Test func batchThatHasNoRoomIsRefusedUntilOneIsForgotten() {
        var machine = Self.machine(batchesMax: 2)
        #expect(!machine.submit(1, count: 1, now: at(0)).isEmpty)
        #expect(!machine.submit(2, count: 1, now: at(0)).isEmpty)
        #expect(machine.submit(3, count: 1, now: at(0)) == [])
        #expect(machine.underway == 2)
        // What is being repaired takes room, too.
        _ = machine.tick(now: at(2500))
        #expect(machine.submit(3, count: 1, now: at(2500)) == [])
        for leg in LegName.allCases { _ = machine.received(.all(.stored), from: leg, batch: 1, now: at(2600)) }
        #expect(!machine.submit(3, count: 1, now: at(2600)).isEmpty)
    }

    @Test func wordsThatNobodyAskedForAreIgnored() {
        var machine = Self.machine()
        #expect(machine.received(.all(.stored), from: .kafka, batch: 9, now: at(0)) == [])
        _ = machine.submit(1, count: 1, now: at(0))
        _ = machine.received(.all(.stored), from: .kafka, batch: 1, now: at(0))
        #expect(machine.received(.all(.unavailable), from: .kafka, batch: 1, now: at(0)) == [], "it has spoken")
        #expect(machine.received(.all(.stored), from: .rabbitmq, batch: 1, now: at(0)) == Self.end(.all(.stored)))
        #expect(machine.received(.all(.stored), from: .rabbitmq, batch: 1, now: at(0)) == [])
    }

    @Test func batchesDoNotDisturbEachOther() {
        var machine = Self.machine()
        _ = machine.submit(1, count: 1, now: at(0))
        _ = machine.submit(2, count: 1, now: at(0))
        _ = machine.received(.all(.stored), from: .kafka, batch: 1, now: at(0))
        _ = machine.received(.all(.unavailable), from: .kafka, batch: 2, now: at(0))
        #expect(
            machine.received(.all(.unavailable), from: .rabbitmq, batch: 2, now: at(0))
                == [.answer(batch: 2, .all(.unavailable)), .forget(batch: 2)])
        #expect(machine.received(.all(.stored), from: .rabbitmq, batch: 1, now: at(0)) == Self.end(.all(.stored)))
    }
}
