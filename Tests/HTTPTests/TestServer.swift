import Dispatch
import HTTP
import Lifecycle
import Synchronization
import Telemetry

/// A server on a free port of the loopback, with a handler made of closures; it ends when the test lets go of it.
final class TestServer: Sendable {
    let server: HTTPServer

    init(
        host: String = "127.0.0.1", limits: HTTPLimits = HTTPLimits(),
        admission: Admission = .read(limit: 1 << 20), passes: Box<Void>? = nil,
        respond: @escaping @Sendable (Request) -> Answer = TestServer.echo
    ) throws {
        let handler = TestHandler(admission: admission, passes: passes, responding: respond)
        server = HTTPServer(
            name: "test", address: Address(host: host, port: 0), handler: handler, limits: limits, log: TestServer.log)
        try server.start()
    }

    static let log = Log("http", to: LogSink(minimum: .error, format: .text))

    /// Says what was understood.
    static let echo: @Sendable (Request) -> Answer = { request in
        .now(
            Response(
                200, "\(request.method) \(request.path) \(String(decoding: request.body, as: UTF8.self))",
                type: "text/plain"))
    }

    /// What the server counts under this name.
    func count(_ name: String) -> Int {
        var text = ""
        for metric in server.metrics where metric.name == name { metric.emit(into: &text) }
        return text.split(separator: "\n").last.flatMap { $0.split(separator: " ").last }.flatMap { Int($0) } ?? -1
    }

    func client(patience: Double = 10, window: CInt? = nil) throws -> Client {
        try Client(server.boundAddress, patience: patience, window: window)
    }
}

private struct TestHandler: HTTPHandler {
    let admission: Admission
    /// Gets something after each pass.
    let passes: Box<Void>?
    let responding: @Sendable (Request) -> Answer

    func admit(_ request: Request) -> Admission { admission }
    func respond(to request: Request) -> Answer { responding(request) }
    func passEnded() { passes?.put(()) }
}

/// A place where the handler leaves something for the test, which waits for it.
final class Box<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])
    private let count = DispatchSemaphore(value: 0)

    func put(_ value: Value) {
        values.withLock { $0.append(value) }
        count.signal()
    }

    /// Nil after five seconds.
    func take() -> Value? {
        guard count.wait(timeout: .now() + 5) == .success else { return nil }
        return values.withLock { $0.removeFirst() }
    }
}

/// Runs what blocks on a thread that may block.
func blocking<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
    }
}

func elapsed(since start: ContinuousClock.Instant) -> Duration { start.duration(to: .now) }
