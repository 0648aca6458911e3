import Glibc
import Lifecycle
import Settings

@main
struct Main {
    // Not `async`: Dispatch would take the main thread over and unblock every signal on it.
    static func main() {
        StopSignals.block()
        exit(
            program.run(
                Array(CommandLine.arguments.dropFirst()), environment: ProcessEnvironment.variables,
                known: [
                    "WEATHER_TWEETS_SHARED", "WEATHER_TWEETS_BINARY", "WEATHER_TWEETS_SIMULATION_SEED",
                    "WEATHER_TWEETS_SIMULATION_SEEDS",
                ],
                output: { ProcessFiles.write($0) }, errors: { ProcessFiles.write($0, toErrors: true) }))
    }
}
