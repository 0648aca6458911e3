import Glibc
import HTTP
import Lifecycle
import Telemetry

/// The HTTP room alone: reads a request whole and answers 200. What the pipeline is measured against.
@main
struct Main {
    static func main() {
        StopSignals.block()
        let log = Log("bare-http", to: LogSink.automatic(minimum: .warning))
        guard let address = Address(CommandLine.arguments.dropFirst().first ?? "127.0.0.1:8080") else {
            ProcessFiles.write("usage: bare-http HOST:PORT\n", toErrors: true)
            exit(64)
        }
        let server = HTTPServer(name: "bare", address: address, handler: Bare(), limits: HTTPLimits(), log: log)
        do {
            try server.start()
        } catch {
            ProcessFiles.write("bare-http: \(error)\n", toErrors: true)
            exit(1)
        }
        let stop = Shutdown()
        _ = Task.detached {
            await stop.requested()
            server.stop()
            await server.stopped()
            exit(0)
        }
        StopSignals.wait(requesting: stop)
    }
}

private struct Bare: HTTPHandler {
    private static let accepted = Response(
        200, #"{"accepted":1,"id":"00000000-0000-8000-8000-000000000000"}"#, type: "application/json")

    func admit(_: Request) -> Admission { .read(limit: 4 << 20) }
    func respond(to _: Request) -> Answer { .now(Self.accepted) }
}
