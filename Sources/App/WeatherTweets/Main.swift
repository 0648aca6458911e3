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
                Array(CommandLine.arguments.dropFirst()), environment: processEnvironment(),
                known: [
                    "WEATHER_TWEETS_SHARED", "WEATHER_TWEETS_BINARY", "WEATHER_TWEETS_SIMULATION_SEED",
                    "WEATHER_TWEETS_SIMULATION_SEEDS",
                ],
                output: { write($0, to: STDOUT_FILENO) }, errors: { write($0, to: STDERR_FILENO) }))
    }
}

/// Writes all of it; what a closed pipe does not take is lost.
func write(_ text: String, to file: CInt) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return }
        rest = rest.dropFirst(count)
    }
}

func processEnvironment() -> [String: String] {
    var variables: [String: String] = [:]
    var index = 0
    while let entry = unsafe environ[index] {
        let pair = unsafe String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if pair.count == 2 { variables[String(pair[0])] = String(pair[1]) }
        index += 1
    }
    return variables
}
