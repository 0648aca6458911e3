import Synchronization
import Telemetry
import Testing

private enum Leg: String, MetricLabel {
    case kafka
    case odd = "a\"b\\c\n"
    static var labelName: String { "leg" }
    var index: Int { self == .kafka ? 0 : 1 }
}

private let hasPromtool = output(of: "command -v promtool", feeding: "") != nil

private func render(_ metrics: any Metric...) -> String { MetricsText.render(metrics) }

@Suite struct MetricsTests {
    @Test func countersAndGauges() {
        let counter = Counter("tweets_total", "Tweets.\nAll \\ of them.")
        counter.add()
        counter.add(4)
        let gauge = Gauge("queue_tweets", "Waiting.")
        gauge.set(9)
        gauge.add(-2)
        #expect(
            render(counter, gauge) == """
                # HELP tweets_total Tweets.\\nAll \\\\ of them.
                # TYPE tweets_total counter
                tweets_total 5
                # HELP queue_tweets Waiting.
                # TYPE queue_tweets gauge
                queue_tweets 7

                """)
    }

    @Test func familiesHaveOneHeaderAndEscapedLabels() {
        let family = CounterFamily<Leg>("stored_total", "Stored.")
        family.add(3, .odd)
        family[.kafka].add()
        #expect(
            render(family) == """
                # HELP stored_total Stored.
                # TYPE stored_total counter
                stored_total{leg="kafka"} 1
                stored_total{leg="a\\"b\\\\c\\n"} 3

                """)
    }

    @Test func histogramRecordsManyAtOnce() {
        let histogram = Histogram("took_seconds", "Took.", seconds: [0.01, 0.1, 1])
        histogram.record(nanoseconds: 10_000_000, count: 3)
        histogram.record(nanoseconds: 50_000_000)
        histogram.record(nanoseconds: 2_000_000_000, count: 2)
        histogram.record(nanoseconds: -5_000_000)
        #expect(
            render(histogram) == """
                # HELP took_seconds Took.
                # TYPE took_seconds histogram
                took_seconds_bucket{le="0.01"} 4
                took_seconds_bucket{le="0.1"} 5
                took_seconds_bucket{le="1"} 5
                took_seconds_bucket{le="+Inf"} 7
                took_seconds_sum 4.08
                took_seconds_count 7

                """)
        histogram.record(nanoseconds: .max, count: 2)  // a clock gone wrong does not trap
    }

    @Test func computedIsAskedAtTheScrape() {
        let value = Mutex(1.5)
        let lag = Family<Leg, Computed> { leg in
            Computed(gauge: "lag_seconds", "Lag.") { value.withLock { $0 } + Double(leg.index) }
        }
        #expect(render(lag).contains("lag_seconds{leg=\"kafka\"} 1.5\n"))
        value.withLock { $0 = 2 }
        #expect(render(lag).contains("lag_seconds{leg=\"kafka\"} 2\n"))
    }

    @Test func nothingIsLostBetweenThreads() async {
        let counter = Counter("all_total", "All.")
        let histogram = Histogram("all_seconds", "All.")
        await withTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<1000 {
                        counter.add()
                        histogram.record(nanoseconds: 1_000_000)
                    }
                }
            }
        }
        #expect(counter.value == 4000)
        #expect(render(histogram).contains("all_seconds_count 4000\n"))
    }

    @Test(.enabled(if: hasPromtool, "promtool comes with the package prometheus"))
    func promtoolIsContent() {
        let histograms = Family<Leg, Histogram> { _ in Histogram("answer_seconds", "Answers.") }
        histograms[.kafka].record(nanoseconds: 3_000_000, count: 100)
        let counter = Counter("tweets_total", "Tweets.")
        let family = CounterFamily<Leg>("stored_total", "Stored.")
        let text = MetricsText.render(
            [counter, family, histograms, Gauge("queue_tweets", "Waiting.")] as [any Metric] + ProcessMetrics.all)
        #expect(output(of: "promtool check metrics", feeding: text) == "")
        #expect(output(of: "promtool check metrics", feeding: "# TYPE bad counter\nbad 1\n") == nil)
    }

    @Test func processMetricsAreReal() throws {
        let text = MetricsText.render(ProcessMetrics.all)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("process_resident_memory_bytes ") })
        let bytes = try #require(Int(line.split(separator: " ")[1]))
        #expect(bytes > 1 << 20)
    }
}

@Suite struct LogTests {
    /// A sink with a clock by hand, and its lines.
    private final class Recorder: Sendable {
        let now = Mutex(1_709_210_096_007)
        let lines = Mutex<[String]>([])

        func log(_ format: Log.Format, minimum: Log.Level = .info) -> Log {
            let sink = LogSink(
                minimum: minimum, format: format, clock: { WallTime(milliseconds: self.now.withLock { $0 }) },
                output: { bytes in self.lines.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) } })
            return Log("gateway", to: sink)
        }
        var all: [String] { lines.withLock { $0 } }
    }

    @Test func json() {
        let recorder = Recorder()
        recorder.log(.json).info(
            "batch stored",
            ["text": "a\"b\\\n\u{1b}[31m\u{2028}ñ", "n": 3, "ok": true, "took": .duration(.microseconds(1500))])
        #expect(
            recorder.all == [
                #"{"time":"2024-02-29T12:34:56.007Z","level":"info","component":"gateway","event":"batch stored","#
                    + #""text":"a\"b\\\n\u001b[31m\u2028ñ","n":3,"ok":true,"took_ms":1.5}"# + "\n"
            ])
    }

    @Test func text() {
        let recorder = Recorder()
        let log = recorder.log(.text)
        log.error("disk full", ["path": "/var/db", "why": "no space\r\nleft", "took": .duration(.milliseconds(2500))])
        log.named("up").info("ready", ["share": 0.5, "none": "", "big": .double(.infinity)])
        #expect(
            recorder.all == [
                #"2024-02-29T12:34:56.007Z error   gateway    disk full path=/var/db"#
                    + #" why="no space\u000d\nleft" took=2.5s"# + "\n",
                #"2024-02-29T12:34:56.007Z info    up         ready share=0.5 none="" big="inf""# + "\n",
            ])
    }

    @Test func belowTheMinimumNothingIsEvaluated() {
        let recorder = Recorder()
        func costly() -> Log.Value {
            Issue.record("evaluated")
            return 1
        }
        recorder.log(.json, minimum: .warning).info("ignored", ["x": costly()])
        #expect(recorder.all.isEmpty)
    }

    @Test func longStringsAreCut() {
        let recorder = Recorder()
        recorder.log(.json).info("refused", ["body": .string(String(repeating: "é", count: 5000))])
        #expect(recorder.all[0].utf8.count < 2300 && recorder.all[0].hasSuffix("…\"}\n"))
    }

    @Test func repeatedWarningsAreLimited() {
        let recorder = Recorder()
        let log = recorder.log(.text)
        for n in 0..<5 { log.warning("queue full", ["n": .int(n)]) }
        log.warning("other")
        log.error("queue full")
        recorder.now.withLock { $0 += 999 }
        log.warning("queue full", ["n": 5])
        recorder.now.withLock { $0 += 1 }
        log.warning("queue full", ["n": 6])
        log.warning("queue full", ["n": 7])
        recorder.now.withLock { $0 -= 3_600_000 }
        log.warning("queue full", ["n": 8])
        let tails = recorder.all.map { String($0.dropFirst(25).dropLast()) }
        #expect(
            tails == [
                "warning gateway    queue full n=0", "warning gateway    other", "error   gateway    queue full",
                "warning gateway    queue full n=6 suppressed=5", "warning gateway    queue full n=8 suppressed=1",
            ])
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (-1, "1970-01-01T00:00:00.000Z"),
        (4_102_444_799_999, "2099-12-31T23:59:59.999Z"),
    ])
    func wallTime(milliseconds: Int, text: String) { #expect(WallTime(milliseconds: milliseconds).description == text) }
}
