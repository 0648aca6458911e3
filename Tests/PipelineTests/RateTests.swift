import Pipeline
import Testing

/// How fast work leaves, and how long to wait before trying again.
@Suite struct RateTests {
    @Test func secondsToDrainAreFromOneToSixty() {
        var rate = DrainRate(now: at(0))
        #expect(rate.secondsToDrain(0) == 1)
        #expect(rate.secondsToDrain(1) == 5, "nothing has left, so nobody knows")
        #expect(rate.secondsToDrain(.max) == 5)
        rate.left(250, now: at(250))
        #expect(rate.perSecond == 1000)
        for (waiting, seconds) in [(0, 1), (1, 1), (1000, 1), (1001, 2), (59_000, 59), (60_001, 60), (.max, 60)] {
            #expect(rate.secondsToDrain(waiting) == seconds, "\(waiting) waiting")
        }
    }

    @Test func rateIsMeasuredOverWindows() {
        var rate = DrainRate(now: at(0))
        for now in stride(from: 10, to: 250, by: 10) {
            rate.left(10, now: at(now))
            #expect(rate.perSecond == 0, "the first window is not over")
        }
        rate.left(10, now: at(250))
        #expect(rate.perSecond == 1000)
    }

    @Test func rateFollowsAChangeWithinAFewWindows() {
        var rate = DrainRate(now: at(0))
        rate.left(250, now: at(250))
        var now = 250
        for _ in 0..<16 {
            now += 250
            rate.left(25, now: at(now))
        }
        #expect((100.0..<115).contains(rate.perSecond), "\(rate.perSecond)")
    }

    @Test func nothingThatLeavesForLongIsNoDivisionByZero() {
        var rate = DrainRate(now: at(0))
        rate.left(0, now: at(250))
        #expect(rate.secondsToDrain(10) == 5)
        rate.left(100, now: at(500))
        for window in 3...10_000 { rate.left(0, now: at(window * 250)) }
        #expect(rate.secondsToDrain(1_000_000) <= 60)
    }

    @Test func pauseDoublesBetweenItsBounds() {
        let backoff = Backoff(initial: .milliseconds(50), longest: .seconds(2))
        let pauses = (1...8).map { backoff.pause(after: $0) }
        #expect(pauses == [50, 100, 200, 400, 800, 1600, 2000, 2000].map { .milliseconds($0) })
        for attempt in [-1, 0] { #expect(backoff.pause(after: attempt) == .milliseconds(50)) }
        #expect(backoff.pause(after: .max) == .seconds(2))
    }

    @Test func momentsCountNanoseconds() {
        #expect(at(5) + .microseconds(3) == Moment(nanoseconds: 5_003_000))
        #expect(at(5) - at(7) == -2_000_000)
        #expect(at(5) < at(6))
    }
}
