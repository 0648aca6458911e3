import Pipeline
import Testing

@testable import Dashboard

@Suite struct RatesTests {
    private static let second: Int64 = 1_000_000_000

    @Test func aRateIsWhatWasAddedOverTheTimeThatPassed() {
        var rates = Rates()
        rates.add(ByLeg(kafka: 100, rabbitmq: 0), at: 0)
        #expect(rates.latest == ByLeg(kafka: nil, rabbitmq: nil))
        rates.add(ByLeg(kafka: 400, rabbitmq: 3), at: 2 * Self.second)
        #expect(rates.latest == ByLeg(kafka: 150, rabbitmq: 1.5))
    }

    @Test func aStoreThatIsAwayLeavesAGapAndTheNextRateSpansIt() {
        var rates = Rates()
        rates.add(ByLeg(kafka: 0, rabbitmq: 0), at: 0)
        rates.add(ByLeg(kafka: 10, rabbitmq: nil), at: Self.second)
        rates.add(ByLeg(kafka: 20, rabbitmq: 20), at: 2 * Self.second)
        #expect(rates.past.kafka == [nil, 10, 10])
        #expect(rates.past.rabbitmq == [nil, nil, 10])
    }

    @Test func aTotalThatShrinksIsNotANegativeRate() {
        var rates = Rates()
        rates.add(ByLeg(kafka: 50, rabbitmq: 50), at: 0)
        rates.add(ByLeg(kafka: 0, rabbitmq: 50), at: Self.second)
        rates.add(ByLeg(kafka: 5, rabbitmq: 50), at: 2 * Self.second)
        #expect(rates.past.kafka == [nil, nil, 5])
    }

    @Test func fiveMinutesAreKept() {
        var rates = Rates()
        for tick in 0..<400 { rates.add(ByLeg(kafka: tick * tick, rabbitmq: 0), at: Int64(tick) * Self.second) }
        #expect(rates.past.kafka.count == 300)
        #expect(rates.past.kafka.first == 199)
        #expect(rates.past.kafka.last == 797)
    }

    @Test func theHistoryIsOldestFirst() {
        var rates = Rates()
        for tick in 0...2 { rates.add(ByLeg(kafka: tick * tick, rabbitmq: nil), at: Int64(tick) * Self.second) }
        #expect(
            String(decoding: rates.historyJSON, as: UTF8.self) == #"{"kafka":[null,1,3],"rabbitmq":[null,null,null]}"#)
        #expect(String(decoding: rates.latestJSON, as: UTF8.self) == #"{"kafka":3,"rabbitmq":null}"#)
    }
}
