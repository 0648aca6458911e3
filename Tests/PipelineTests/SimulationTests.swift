import Glibc
import Pipeline
import TestKit
import Testing

/// The decisions of gateway, dispatcher and consumer together, in seeded histories with crashes, lost answers and
/// redeliveries.
///
/// `make simulate SEED=n` repeats one; `WEATHER_TWEETS_SIMULATION_SEEDS=n` says how many (default 10,000).
@Suite struct SimulationTests {
    private static func number(_ variable: String) -> UInt64? {
        unsafe getenv(variable).flatMap { unsafe UInt64(String(cString: $0)) }
    }

    @Test func promisesHoldInEverySeed() async {
        if let seed = Self.number("WEATHER_TWEETS_SIMULATION_SEED") {
            #expect(SimulatedWorld(seed: seed, plan: .init()).run() == [], "seed \(seed)")
            return
        }
        let count = Self.number("WEATHER_TWEETS_SIMULATION_SEEDS") ?? 10_000
        let workers: UInt64 = 2
        await withTaskGroup(of: (UInt64, [String])?.self) { group in
            for worker in 0..<workers {
                group.addTask {
                    for seed in stride(from: worker, to: count, by: Int(workers)) {
                        let violations = SimulatedWorld(seed: seed, plan: .init()).run()
                        if !violations.isEmpty { return (seed, violations) }
                    }
                    return nil
                }
            }
            for await broken in group {
                if let (seed, violations) = broken {
                    Issue.record("seed \(seed): \(violations.prefix(5)); repeat it by: make simulate SEED=\(seed)")
                }
            }
        }
    }

    /// The simulation must see what it is there for.
    @Test(arguments: Sabotage.allCases) func sabotageIsSeen(_ sabotage: Sabotage) {
        var plan = SimulatedWorld.Plan()
        plan.sabotage = sabotage
        let broken = (0..<300 as Range<UInt64>).first { !SimulatedWorld(seed: $0, plan: plan).run().isEmpty }
        #expect(broken != nil, "300 histories with \(sabotage) passed")
    }

    @Test func aSeedIsAlwaysTheSameHistory() {
        var plan = SimulatedWorld.Plan()
        plan.sabotage = .legLies
        #expect(SimulatedWorld(seed: 3, plan: plan).run() == SimulatedWorld(seed: 3, plan: plan).run())
    }
}
