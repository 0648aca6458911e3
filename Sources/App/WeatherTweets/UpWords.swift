import Embedded
import Gateway
import Glibc
import HTTP
import Lifecycle
import Pipeline
import Settings

/// What `up` prints when it is ready: where everything is, what it stores, how to try it.
func banner(_ pipeline: UpPipeline, _ settings: UpSettings) -> String {
    let input = "http://\(pipeline.intake.boundAddress)/input"
    let token = settings.tokensFile == nil ? "" : "-H 'Authorization: Bearer TOKEN' \\\n    "
    return """
        weather-tweets is up.

          tweets     POST \(input)
          dashboard  http://\(pipeline.page.boundAddress)/
          admin      http://\(pipeline.admin.boundAddress)/healthz  /readyz  /metrics
          data       \(pipeline.folder.path)
            kafka leg     \(pipeline.sides.kafka.broker) -> \(pipeline.sides.kafka.storeName)
            rabbitmq leg  \(pipeline.sides.rabbitmq.broker) -> \(pipeline.sides.rabbitmq.storeName)

        Try it:
          curl \(input) \\
            \(token)-H 'Content-Type: application/json' \\
            -d '{"description":"Llueve en Xela","country":"GT","weather":"rainy"}'

        Ctrl-C stops it when everything is answered and counted.

        """
}

/// What `up` prints at its end, and its exit code: 0 only when nothing was left behind.
func farewell(_ pipeline: UpPipeline, _ outcome: ServiceGroup.Outcome) -> (String, CInt) {
    switch outcome {
    case .drained: return ("weather-tweets stopped; everything is answered and counted.\n", 0)
    case .deadlinePassed(let services):
        let lag = LegName.allCases.map { "\($0.rawValue) \(pipeline.sides[$0].leg.backlog.lag)" }.joined(
            separator: ", ")
        return (
            "weather-tweets stopped after --drain with work left in: \(services.joined(separator: ", ")).\n"
                + "Tweets durable and not yet counted: \(lag); they are counted after the next start.\n",
            outcome.exitCode
        )
    case .ended(let service, let error):
        return ("weather-tweets stopped because \(service) ended: \(error ?? "unexpectedly").\n", outcome.exitCode)
    }
}
