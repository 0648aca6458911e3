import ReaderBenchShim
import Tweets

/// Reads the same bytes with our reader and with simdjson, in turns, and prints medians.
///
/// They do not do the same: ours also looks up countries and weather, counts scalars, makes ids and writes the
/// canonical JSON; simdjson finds the fields and unescapes them. Both validate UTF-8 and JSON, though On Demand
/// checks no value that nobody asks for.
@main
struct Main {
    static func main() {
        let rounds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 51
        // For a profile: one corpus by its number, one contestant by its name.
        let only = CommandLine.arguments.dropFirst(2).first.flatMap { Int($0) }
        let contestants = Contestant.allCases.filter { CommandLine.arguments.dropFirst(3).first ?? "\($0)" == "\($0)" }
        let corpora = [
            Corpus("arrays of 100, ASCII", bodies: 50, tweetsEach: 100, tweet: Sample.plain),
            Corpus("arrays of 100, Spanish UTF-8", bodies: 50, tweetsEach: 100, tweet: Sample.accented),
            Corpus("arrays of 100, escaped, blanks", bodies: 50, tweetsEach: 100, tweet: Sample.escaped),
            Corpus("arrays of 100, Japanese UTF-8", bodies: 50, tweetsEach: 100, tweet: Sample.dense),
            Corpus("arrays of 10,000, ASCII", bodies: 1, tweetsEach: 10_000, tweet: Sample.plain),
            Corpus("single objects, ASCII", bodies: 5_000, tweetsEach: nil, tweet: Sample.plain),
        ]
        let chosen = unsafe String(cString: simdjson_implementation())
        print(
            "simdjson on \(chosen), ours on the baseline of the target; medians of \(rounds) rounds in turns, one core")
        for (index, corpus) in corpora.enumerated() where only ?? index == index { report(corpus, contestants, rounds) }
    }

    private static func report(_ corpus: Corpus, _ contestants: [Contestant], _ rounds: Int) {
        print("\(corpus.name): \(corpus.bodyBytes / corpus.tweets) bytes a tweet")
        var contest = Contest(corpus)
        var times: [Contestant: [Double]] = [:]
        var calls: [Contestant: Int] = [:]
        // The first rounds warm up.
        for round in -3..<rounds {
            for contestant in contestants {
                let before = allocations()
                let start = ContinuousClock.now
                let tweets = contest.run(contestant)
                let time = ContinuousClock.now - start
                precondition(tweets == corpus.tweets, "\(contestant) read \(tweets) tweets")
                calls[contestant] = allocations() - before
                guard round >= 0 else { continue }
                times[contestant, default: []].append(Double(time.components.attoseconds) / 1e12 / Double(tweets))
            }
        }
        let medians = times.mapValues { $0.sorted()[$0.count / 2] }
        for contestant in contestants {
            guard let median = medians[contestant], let calls = calls[contestant] else { continue }
            let isBody = [.ours, .onDemand, .dom].contains(contestant)
            let bytes = isBody ? corpus.bodyBytes : contest.canonical.bytes.count
            print(
                " ", padded(contestant.rawValue, 30), fixed(median, 4), "µs a tweet",
                fixed(Double(bytes) / Double(corpus.tweets) / median / 1e3, 2), "GB/s",
                fixed(Double(calls) / Double(corpus.tweets), 4), "allocations a tweet")
        }
        guard let ours = medians[.ours], let onDemand = medians[.onDemand], let dom = medians[.dom] else { return }
        print("  ours / the faster simdjson:", fixed(ours / min(onDemand, dom), 2))
    }

    private static func fixed(_ value: Double, _ places: Int) -> String {
        let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
        let digits = String(Int(value * scale + 0.5))
        let whole = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        return whole.dropLast(places) + "." + whole.suffix(places)
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
