import Glibc
package import Lifecycle
import Synchronization
package import Telemetry

/// An HTTP/1.1 server with one thread: keep-alive, pipelining, chunked bodies, `Expect: 100-continue`, HEAD, HTTP/1.0.
///
/// Errors of the server's own are problem documents (RFC 9457); only what libmicrohttpd refuses before a head is
/// complete (400, 414, 431) has a page of its making.
package final class HTTPServer: Service {
    package let name: String
    private let address: Address
    private let handler: any HTTPHandler
    private let limits: HTTPLimits
    private let log: Log
    private let counts: HTTPMetrics
    private let inbox = Inbox()
    private let ended = Shutdown()
    private let bound = Mutex<Address?>(nil)

    /// - Parameters:
    ///   - name: in logs, in front of the metrics' names and, cut to 15 bytes, of the thread.
    ///   - address: port 0 takes a free one, see `boundAddress`.
    package init(name: String, address: Address, handler: any HTTPHandler, limits: HTTPLimits, log: Log) {
        (self.name, self.address, self.handler, self.limits, self.log) = (name, address, handler, limits, log)
        counts = HTTPMetrics(server: name)
    }

    /// A server that nobody holds any more ends.
    deinit { inbox.post(.stop) }

    /// What this server counts; the names begin with its own.
    package var metrics: [any Metric] { counts.all }

    /// Where the server listens: after `start` with the real port.
    package var boundAddress: Address { bound.withLock { $0 } ?? address }

    /// Binds and serves. `run` calls it too; a second call does nothing.
    package func start() throws(HTTPError) {
        try bound.withLock { bound throws(HTTPError) in
            guard bound == nil else { return }
            bound = try open()
        }
    }

    /// Runs `job` on the loop thread at its next pass. Many jobs cost one wake-up. From any thread; dropped once the
    /// server has ended.
    package func perform(_ job: @escaping @Sendable () -> Void) { inbox.post(.run(job)) }

    /// Begins to stop and returns at once: no new connection, `Connection: close` on every answer under way, streams
    /// ended.
    package func stop() { inbox.post(.drain) }

    /// Returns when the server has ended, or when the task is cancelled.
    package func stopped() async { await ended.requested() }

    /// Serves until `shutdown`, then drains for at most `limits.drain`. When the task is cancelled the server ends at
    /// once, with 503 for those who wait.
    package func run(until shutdown: Shutdown) async throws {
        try start()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await shutdown.requested() }
            group.addTask { await self.ended.requested() }
            await group.next()
            group.cancelAll()
        }
        if ended.isRequested, !shutdown.isRequested { throw HTTPError(address, "is not served any more") }
        stop()
        await stopped()
        if !ended.isRequested { inbox.post(.stop) }
    }

    private func open() throws(HTTPError) -> Address {
        let socket = try ListeningSocket(address, backlog: limits.backlog)
        let bound = Address(host: address.host, port: socket.port)
        let poller: Poller
        do { poller = try Poller() } catch { throw HTTPError(address, "cannot be served: \(error)") }
        let setup = Loop.Setup(
            listening: socket.release(), name: name, handler: handler, limits: limits, metrics: counts, inbox: inbox,
            poller: poller, log: log)
        do {
            try startThread(name: String(name.utf8.prefix(15)) ?? "http") { [ended] in
                Loop(setup).run()
                ended.request()
            }
        } catch {
            close(setup.listening)
            throw HTTPError(address, errno: error.errno)
        }
        log.info("listening", ["server": .string(name), "address": .string(bound.description)])
        return bound
    }
}
