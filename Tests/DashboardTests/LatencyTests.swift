import Testing

@testable import Dashboard

@Suite struct LatencyTests {
    private func sample(_ counts: [UInt64]) -> LatencySample { LatencySample(bounds: [1, 10, 100], counts: counts) }

    @Test func aQuantileLiesOnTheLineThroughItsBucket() {
        let (before, now) = (sample([0, 0, 0, 0]), sample([10, 80, 10, 0]))
        #expect(now.quantile(0.5, since: before) == 5.5)
        #expect(now.quantile(0.05, since: before) == 0.5)
        #expect(now.quantile(0.99, since: before) == 91)
    }

    @Test func onlyWhatCameSinceCounts() {
        #expect(sample([1000, 0, 2, 0]).quantile(0.5, since: sample([1000, 0, 0, 0])) == 55)
    }

    @Test func aboveAllBoundsItIsTheLastOne() {
        #expect(sample([0, 0, 0, 5]).quantile(0.5, since: sample([0, 0, 0, 0])) == 100)
    }

    @Test func nothingHasNoQuantile() {
        #expect(sample([1, 2, 3, 4]).quantile(0.5, since: sample([1, 2, 3, 4])) == nil)
        #expect(sample([1]).quantile(0.5, since: sample([0])) == nil)
    }

    @Test func theWindowForgets() {
        var window = LatencyWindow()
        #expect(window.quantiles(until: sample([1, 0, 0, 0])).p50 == nil)
        window.add(sample([0, 0, 0, 0]))
        let slow = sample([0, 0, 4, 0])
        #expect(window.quantiles(until: slow).p50 == 55)
        for _ in 0..<9 { window.add(slow) }
        #expect(window.quantiles(until: slow).p50 == 55)
        window.add(slow)
        #expect(window.quantiles(until: slow).p50 == nil)
    }

    @Test func countsOfAnotherProcessStartAnew() {
        var window = LatencyWindow()
        window.add(sample([500, 0, 0, 0]))
        window.add(sample([2, 0, 0, 0]))
        #expect(window.quantiles(until: sample([2, 0, 2, 0])).p50 == 55)
    }
}
