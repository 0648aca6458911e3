import Pipeline
import Testing

@testable import Dashboard

@Suite struct LooksTests {
    private let millisecond: Int64 = 1_000_000

    @Test func oneLookAtATimeAndDoneWhenBothAnswered() {
        var looks = Looks()
        #expect(looks.nextBegin(isAsked: false, isWatched: false) == .min)
        let question = looks.begin(at: 0)
        #expect(question == Looks.Question(number: 1, legs: [.kafka, .rabbitmq]))
        #expect(looks.nextBegin(isAsked: true, isWatched: true) == nil)
        looks.answered(.kafka, .counting(3), number: 1)
        #expect(looks.finish(at: millisecond) == nil)
        looks.answered(.rabbitmq, nil, number: 1)
        #expect(looks.finish(at: millisecond) == ByLeg(kafka: .counting(3), rabbitmq: nil))
        #expect(looks.finish(at: millisecond) == nil)
    }

    @Test func thePauseDependsOnWhoLooks() {
        var looks = Looks()
        _ = looks.begin(at: 0)
        for leg in LegName.allCases { looks.answered(leg, nil, number: 1) }
        _ = looks.finish(at: 0)
        #expect(looks.nextBegin(isAsked: true, isWatched: true) == 20 * millisecond)
        #expect(looks.nextBegin(isAsked: false, isWatched: true) == 250 * millisecond)
        #expect(looks.nextBegin(isAsked: false, isWatched: false) == 1000 * millisecond)
    }

    @Test func aSilentStoreIsLeftOutAndNotAskedAgainUntilItAnswers() {
        var looks = Looks()
        _ = looks.begin(at: 0)
        looks.answered(.kafka, .counting(3), number: 1)
        #expect(looks.finish(at: Looks.deadline - 1) == nil)
        #expect(looks.finish(at: Looks.deadline) == ByLeg(kafka: .counting(3), rabbitmq: nil))

        #expect(looks.begin(at: Looks.deadline) == Looks.Question(number: 2, legs: [.kafka]))
        looks.answered(.kafka, .counting(4), number: 2)
        #expect(looks.finish(at: Looks.deadline) == ByLeg(kafka: .counting(4), rabbitmq: nil))

        _ = looks.begin(at: Looks.deadline)
        looks.answered(.rabbitmq, .counting(1), number: 1)
        looks.answered(.kafka, .counting(5), number: 3)
        #expect(looks.finish(at: Looks.deadline) == ByLeg(kafka: .counting(5), rabbitmq: nil), "too old to be used")
        #expect(looks.begin(at: Looks.deadline).legs == [.kafka, .rabbitmq])
    }
}
