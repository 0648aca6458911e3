import Glibc
import Lifecycle
import Telemetry

/// The loop of one server: sockets, handler and jobs, all on one thread, so that nothing here needs a lock.
///
/// Why not libmicrohttpd's own thread: that one sleeps again when exactly n * 128 sockets become ready at once; it
/// cannot take a batch of answers with one wake-up; and it knows no end of a pass, which is where a batch is complete.
final class Loop {
    /// What it takes to run.
    struct Setup: Sendable {
        var listening: CInt
        var name: String
        var handler: any HTTPHandler
        var limits: HTTPLimits
        var metrics: HTTPMetrics
        var inbox: Inbox
        var poller: Poller
        var log: Log
    }

    enum Stage {
        case serving
        /// - idleUntil: idle connections are left alone until then: a request may be on its way.
        case draining(idleUntil: Int64, until: Int64)
        case over
    }

    let setup: Setup
    /// By slot; the free ones are nil.
    private var connections: [Connection?] = []
    private var freeSlots: [Int] = []
    /// `Monotonic.now` of this pass.
    private(set) var now = Monotonic.now
    private(set) var stage = Stage.serving
    /// Of `HTTPLimits.bodies`, by the requests whose body is being read.
    var reservedForBodies = 0
    private var lastRequestNumber: UInt64 = 0
    private var nextSweep: Int64 = 0
    private let sweepInterval: Int64
    private var jobs: [Job] = []
    private var events: [Poller.Event] = []

    /// The handler hears of the end of a pass at least this often.
    static let restMillisecondsMax: UInt64 = 100
    /// A process that stops waits for every server in turn.
    private static let drainRestMillisecondsMax: UInt64 = 10
    /// How long a draining server leaves idle connections open.
    private static let drainIdle = Duration.milliseconds(50)

    init(_ setup: Setup) {
        self.setup = setup
        let limits = setup.limits
        // Once a second; more often only if a limit is shorter than that.
        let shortest = min(limits.head, limits.request, limits.answer)
        sweepInterval = min(Duration.seconds(1), max(shortest / 4, .milliseconds(10))).inNanoseconds
    }

    var isServing: Bool {
        if case .serving = stage { true } else { false }
    }

    var isOver: Bool {
        if case .over = stage { true } else { false }
    }

    /// Returns when the server has ended; nothing of it is left then.
    func run() {
        defer { setup.inbox.close() }
        blockPipeSignal()
        guard let daemon = Daemon(listening: setup.listening, limits: setup.limits, loop: self),
            (try? setup.poller.add(daemon.pollDescriptor, .readable, token: 0)) != nil
        else {
            setup.log.error("server cannot start: out of memory or descriptors", ["server": .string(setup.name)])
            return
        }
        while !isOver { pass(daemon) }
        letGo(daemon)
        try? setup.poller.remove(daemon.pollDescriptor)
        // The daemon ends here: it closes what is still open and calls back for each connection.
    }

    private func pass(_ daemon: borrowing Daemon) {
        let patience = daemon.patience(atMost: isServing ? Self.restMillisecondsMax : Self.drainRestMillisecondsMax)
        if patience > 0, setup.inbox.mayRest(setup.poller) {
            setup.poller.wait(timeoutMilliseconds: patience, into: &events)
        }
        now = Monotonic.now
        takeJobs(daemon)
        // An answer takes up to three runs (resumed, written, asked for more); nothing waits between them.
        var runs = 0
        repeat {
            daemon.run()
            runs += 1
        } while runs < 4 && daemon.patience(atMost: 1) == 0
        setup.handler.passEnded()
        if now >= nextSweep {
            nextSweep = now + sweepInterval
            cutLate()
        }
        if case .draining(let idleUntil, let until) = stage { drain(idleUntil: idleUntil, until: until) }
    }

    private func takeJobs(_ daemon: borrowing Daemon) {
        setup.inbox.take(into: &jobs)
        for job in jobs {
            switch job {
            case .answer(let ticket, let response): answer(ticket, response)
            case .flush(let ticket): if let connection = connection(ticket) { resume(connection) }
            case .cut(let ticket): if let connection = connection(ticket) { cut(connection) }
            case .run(let job): job()
            case .drain: beginDrain(daemon)
            case .stop: stage = .over
            }
        }
        jobs.removeAll(keepingCapacity: true)
    }

    /// A deadline has passed: the client is too slow. Or it has gone and nobody noticed.
    private func cutLate() {
        for case let connection? in connections {
            if connection.deadline < now {
                cut(connection)
            } else if connection.hasGone() {
                closeIdle(connection)
            }
        }
    }

    // MARK: Drain

    private func beginDrain(_ daemon: borrowing Daemon) {
        guard isServing else { return }
        daemon.quiesce()
        stage = .draining(
            idleUntil: now + Self.drainIdle.inNanoseconds, until: now + setup.limits.drain.inNanoseconds)
        setup.log.info("draining", ["server": .string(setup.name), "connections": .int(connectionCount)])
        for case let connection? in connections { connection.stream?.close() }
    }

    private func drain(idleUntil: Int64, until: Int64) {
        if now >= idleUntil {
            for case let connection? in connections where connection.phase == .head { closeIdle(connection) }
        }
        if connectionCount == 0 || now >= until { stage = .over }
    }

    /// Answers all who still wait, so that no connection is suspended when the daemon ends.
    private func letGo(_ daemon: borrowing Daemon) {
        if connectionCount > 0 {
            setup.log.warning(
                "clients left behind", ["server": .string(setup.name), "connections": .int(connectionCount)])
        }
        for case let connection? in connections {
            connection.stream?.close()
            if connection.phase == .waiting { answer(connection.ticket, .leftBehind) }
            resume(connection)
        }
        for _ in 0..<3 { daemon.run() }
    }

    // MARK: Connections

    var connectionCount: Int { connections.count - freeSlots.count }

    func connectionBegan(_ handle: OpaquePointer, socket: CInt) -> Int {
        let slot = freeSlots.popLast() ?? connections.count
        if slot == connections.count { connections.append(nil) }
        connections[slot] = unsafe Connection(
            handle: handle, socket: socket, slot: slot, inbox: setup.inbox,
            deadline: now + setup.limits.head.inNanoseconds)
        setup.metrics.connections.set(connectionCount)
        return slot
    }

    func connectionEnded(slot: Int) {
        guard connection(at: slot) != nil else { return }
        connections[slot] = nil
        freeSlots.append(slot)
        setup.metrics.connections.set(connectionCount)
    }

    func connection(at slot: Int) -> Connection? {
        connections.indices.contains(slot) ? connections[slot] : nil
    }

    /// The connection whose request is still the ticket's.
    func connection(_ ticket: Ticket) -> Connection? {
        guard let connection = connection(at: ticket.slot), connection.requestNumber == ticket.number else {
            return nil
        }
        return connection
    }

    func nextRequestNumber() -> UInt64 {
        lastRequestNumber += 1
        return lastRequestNumber
    }

    private func blockPipeSignal() {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGPIPE)
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}
