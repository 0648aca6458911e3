import Gateway
import HTTP
import Pipeline
import Synchronization
import Telemetry
import Tweets

/// The legs as label values.
enum LegLabel: String, MetricLabel {
    case kafka
    case rabbitmq

    static var labelName: String { "leg" }
    var index: Int { self == .kafka ? 0 : 1 }
    var leg: LegName { self == .kafka ? .kafka : .rabbitmq }
}

/// What is measured behind the gateway, by leg; most of it is asked at the scrape.
func pipelineMetrics(_ sides: ByLeg<Side>, _ dispatcher: Dispatcher) -> [any Metric] {
    typealias ComputedFamily = Family<LegLabel, Computed>
    func gauge(_ name: String, _ help: String, _ value: @escaping @Sendable (Side) -> Int) -> any Metric {
        ComputedFamily { label in Computed(gauge: name, help) { Double(value(sides[label.leg])) } }
    }
    func counter(_ name: String, _ help: String, _ value: @escaping @Sendable (Side) -> Int) -> any Metric {
        ComputedFamily { label in Computed(counter: name, help) { Double(value(sides[label.leg])) } }
    }
    return [
        counter("weather_tweets_counted_total", "Tweets counted since the start of the process.") {
            $0.consumer.account.counted
        },
        counter(
            "weather_tweets_duplicates_total", "Tweets that came again and had been counted: retries, redeliveries."
        ) {
            $0.consumer.account.duplicates
        },
        counter("weather_tweets_consumer_failures_total", "Calls of leg or store that failed and were repeated.") {
            $0.consumer.account.failures
        },
        gauge("weather_tweets_lag_tweets", "Tweets durable in the leg and not yet counted.") { $0.leg.backlog.lag },
        gauge("weather_tweets_dead_letters", "Dead letters kept by the leg.") { $0.leg.backlog.deadLetters },
        Family<LegLabel, Histogram> { sides[$0.leg].latency },
        ComputedFamily { label in
            Computed(counter: "weather_tweets_publish_retries_total", "Batches that were published to the leg again.") {
                Double(dispatcher.account.retries[label.leg])
            }
        },
        Computed(gauge: "weather_tweets_batches_under_way", "Batches between the gateway and the legs.") {
            Double(dispatcher.account.underway)
        },
        Computed(gauge: "weather_tweets_batches_repairing", "Batches that one leg has and the other still lacks.") {
            Double(dispatcher.account.repairing)
        },
    ]
}

/// What `/readyz` asks: whether it makes sense to send tweets here.
func readinessChecks(
    _ sides: ByLeg<Side>, _ dispatcher: Dispatcher, _ gateway: Gateway, _ doors: Doors
) -> [AdminEndpoints.Check] {
    LegName.allCases.map { leg in
        AdminEndpoints.Check("count-\(leg.rawValue)") { sides[leg].consumer.account.trouble }
    } + [
        AdminEndpoints.Check("legs") {
            let repairing = dispatcher.account.repairing
            return repairing > 0 ? "\(repairing) batches are in one leg only and are being repaired" : nil
        },
        AdminEndpoints.Check("intake") { gateway.isDraining ? "stopping" : doors.areOpen ? nil : "starting" },
    ]
}

/// Whether tweets can be posted yet.
final class Doors: Sendable {
    private let state = Atomic(false)

    var areOpen: Bool { state.load(ordering: .relaxed) }
    func open() { state.store(true, ordering: .relaxed) }
}
