package import HTTP
package import Lifecycle
package import Pipeline
import Synchronization

/// The live page, its event stream, and `GET /api/summary`: what an `HTTPServer` serves, and the service behind it.
///
/// One thread owns everything that is known and shown; the server's loop only hands requests to it. While nobody
/// looks it reads the stores once a second, for the rates. Its service must run as long as the server does, and be
/// stopped after it.
package final class DashboardRole: HTTPHandler, Service {
    package let name = "summary"

    /// Event streams that may be open; one more is answered 503.
    package static let watchersMax = 256
    /// Requests that may wait for a summary; one more is answered 503.
    static let requestsMax = 1024

    private let sources: ByLeg<LegSource>
    private let account: @Sendable () -> GatewayAccount
    private let intake: String
    private let mailbox = Mailbox<Desk.Work>(capacity: 2 * requestsMax)
    private let watchers = Atomic(0)
    private let isStarted = Atomic(false)
    private let end = Shutdown()

    /// - Parameters:
    ///   - legs: where the figures come from.
    ///   - account: what the gateway has answered; as often called and as quick as the closures of `LegSource`.
    ///   - intake: where tweets are posted, as shown to people: "http://127.0.0.1:8080/input".
    package init(legs: ByLeg<LegSource>, account: @escaping @Sendable () -> GatewayAccount, intake: String) {
        (sources, self.account, self.intake) = (legs, account, intake)
    }

    /// Starts the dashboard's thread. `run` calls it too; a second call does nothing.
    package func start() throws(ThreadError) {
        guard !isStarted.exchange(true, ordering: .relaxed) else { return }
        try startThread(name: "dashboard") { [self] in
            serve(Desk(sources, account: account, intake: intake, mailbox: mailbox))
            end.request()
        }
    }

    /// Ends the thread and every stream, and answers who waits; returns at once. Idempotent.
    package func stop() { mailbox.close() }

    /// Returns when the thread has ended, or when the task is cancelled.
    package func stopped() async { await end.requested() }

    package func run(until shutdown: Shutdown) async throws {
        try start()
        await shutdown.requested()
        stop()
        await stopped()
    }

    private func serve(_ start: Desk) {
        var desk = start
        var batch: [Desk.Work] = []
        var deadline = Monotonic.now
        while mailbox.take(into: &batch, deadline: deadline) {
            deadline = desk.work(batch, now: Monotonic.now)
            watchers.store(desk.watchers.count, ordering: .relaxed)
        }
        desk.close()
    }

    package func admit(_ request: Request) -> Admission {
        guard Page(path: request.path) != nil else { return .refuse(.notFound) }
        guard request.method == "GET" || request.method == "HEAD" else { return .refuse(Pages.notAllowed) }
        return .read(limit: 0)
    }

    package func respond(to request: Request) -> Answer {
        switch Page(path: request.path) {
        case nil: return .now(.notFound)
        case .html: return .now(Pages.html)
        case .css: return .now(Pages.css)
        case .js: return .now(Pages.js)
        case .texts: return .now(Pages.texts)
        case .summary:
            guard mailbox.count < Self.requestsMax else { return .now(Pages.full) }
            // A closed mailbox drops the responder.
            return mailbox.send(.summary(request.responder())) ? .later : .now(Pages.stopping)
        case .events:
            guard watchers.load(ordering: .relaxed) < Self.watchersMax, mailbox.count < Self.requestsMax else {
                return .now(Pages.full)
            }
            let stream = EventStream()
            return mailbox.send(.watch(stream)) ? .events(stream) : .now(Pages.stopping)
        }
    }
}
