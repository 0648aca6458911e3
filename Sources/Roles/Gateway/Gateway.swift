package import HTTP
package import Pipeline
import Synchronization
import Telemetry
import Tweets

/// `POST /input`: request → batch → receipts → answer.
///
/// Everything happens on the loop thread of the server that it handles: requests are read into the open group there,
/// and what the leg answers comes back there by `perform`. So the lock below is never waited for.
package final class Gateway: HTTPHandler {
    /// The time, asked once a pass.
    package struct Clock: Sendable {
        package let monotonic: @Sendable () -> Moment
        /// Milliseconds since 1970.
        package let wall: @Sendable () -> Int64

        package init(monotonic: @escaping @Sendable () -> Moment, wall: @escaping @Sendable () -> Int64) {
            (self.monotonic, self.wall) = (monotonic, wall)
        }
    }

    struct State {
        var intake: Intake<Caller>
        var reader: TweetReader
        var ids: IDMaker
        var now: Moment
        var wallMilliseconds: Int64
        var isDraining = false
        /// Seconds to wait, while counting is behind.
        var behind: Int?
        weak var server: HTTPServer?
    }

    let settings: GatewaySettings
    package let metrics = GatewayMetrics()
    let state: Mutex<State>
    private let leg: any Leg
    private let lag: @Sendable () -> Int
    private let clock: Clock

    /// - Parameters:
    ///   - leg: where batches go: the dispatcher.
    ///   - session: 62 random bits, new at every start: the ids that this gateway makes begin with them.
    ///   - lag: tweets that are durable and not counted, of the leg that is further behind.
    package init(
        settings: GatewaySettings, leg: any Leg, session: UInt64, clock: Clock, lag: @escaping @Sendable () -> Int
    ) {
        self.settings = settings
        self.leg = leg
        self.lag = lag
        self.clock = clock
        let now = clock.monotonic()
        state = Mutex(
            State(
                intake: Intake(limits: settings.intake, now: now), reader: TweetReader(limits: settings.reader),
                ids: IDMaker(session: session, next: 0), now: now, wallMilliseconds: clock.wall()))
    }

    /// The server that calls this handler; once, before it starts.
    package func attach(to server: HTTPServer) { state.withLock { $0.server = server } }

    /// From now on new requests are answered with 503; what is under way is finished.
    package func drain() { state.withLock { $0.isDraining = true } }

    package var isDraining: Bool { state.withLock { $0.isDraining } }

    /// Tweets admitted and not yet answered.
    package var tweetsInFlight: Int { state.withLock { $0.intake.tweetsInFlight } }

    // MARK: the loop thread

    package func respond(to request: Request) -> Answer {
        guard request.path == "/input" else { return .now(Pages.response(to: request)) }
        let key: TweetID?
        switch idempotencyKey(of: request) {
        case .success(let id): key = id
        case .failure(let error): return refuse(error.problem)
        }
        return state.withLock { state in
            // Bodies that were read while others filled the window: look again, the tweets are counted only now.
            if let seconds = state.intake.refusal() { return unavailable(Self.overloaded(seconds)) }
            let first = state.intake.open.count
            let reading = state.reader.read(
                request.body.span, acceptedAt: state.wallMilliseconds, key: key, ids: &state.ids,
                into: &state.intake.open)
            let shape: Caller.Shape
            switch reading {
            case .refused(let error): return refuse(Problem(error))
            case .single(let id): shape = .single(id)
            case .many(let count, let rejected, let made):
                metrics.tweets.add(rejected.count, .refused)
                if count == 0 { return nothingAccepted(rejected) }
                shape = .many(accepted: count, rejected: rejected, made: made)
            }
            let caller = Caller(responder: request.responder(), shape: shape, arrived: state.now)
            state.intake.add(caller, from: first, now: state.now)
            return .later
        }
    }

    package func passEnded() {
        let (groups, server, expired) = state.withLock { state in
            state.now = clock.monotonic()
            state.wallMilliseconds = clock.wall()
            state.behind = behind(state.intake.drainRate)
            let expired = state.intake.expire(now: state.now)
            var groups: [Intake<Caller>.Group] = []
            while let group = state.intake.next() { groups.append(group) }
            metrics.inFlight.set(state.intake.tweetsInFlight)
            return (groups, state.server, expired)
        }
        answer(expired)
        for group in groups {
            metrics.groups.add()
            // The leg answers on a thread of its own; the loop thread is where requests are answered.
            leg.publish(group.batch) { [weak server, self] receipts in
                server?.perform { [self] in completed(group.number, receipts) }
            }
        }
    }

    private func completed(_ number: Int, _ receipts: Receipts) {
        answer(
            state.withLock { state in
                state.now = clock.monotonic()
                return state.intake.completed(number, receipts, now: state.now)
            })
    }

    private func answer(_ answers: [(Caller, Intake<Caller>.Verdict)]) {
        guard !answers.isEmpty else { return }
        let (now, retryAfter) = state.withLock {
            ($0.now, $0.intake.drainRate.secondsToDrain($0.intake.tweetsInFlight))
        }
        var batch: [(Responder, Response)] = []
        batch.reserveCapacity(answers.count)
        for (caller, verdict) in answers {
            let outcome = RequestOutcome(verdict)
            metrics.requests.add(1, outcome)
            metrics.tweets.add(caller.accepted, outcome)
            metrics.latency.record(nanoseconds: now - caller.arrived)
            batch.append((caller.responder, Answers.response(to: caller, verdict, retryAfter: retryAfter)))
        }
        Responder.send(batch)
    }

    /// Seconds to wait when counting is too far behind, else nil.
    private func behind(_ rate: DrainRate) -> Int? {
        let lag = lag()
        return lag > settings.lagMax ? rate.secondsToDrain(lag - settings.lagMax / 2) : nil
    }

    private func nothingAccepted(_ rejected: [Rejection]) -> Answer {
        // An array in which nothing is a tweet: the first error says why, its index where.
        guard let first = rejected.first else {
            return refuse(Problem(.invalid, "the array has no tweets", position: 0))
        }
        var problem = Problem(first.error)
        problem.detail = "none of the \(rejected.count) elements is a tweet; element \(first.index): " + problem.detail
        return refuse(problem)
    }

    func refuse(_ problem: Problem) -> Answer {
        metrics.requests.add(1, .refused)
        return .now(problem.response)
    }

    private func unavailable(_ problem: Problem) -> Answer {
        metrics.requests.add(1, .unavailable)
        return .now(problem.response)
    }

    static func overloaded(_ seconds: Int) -> Problem {
        Problem(.overloaded, "nothing of it was stored; send the same again after Retry-After", retryAfter: seconds)
    }
}

extension RequestOutcome {
    init(_ verdict: Intake<Caller>.Verdict) {
        self =
            switch verdict {
            case .stored: .stored
            case .spooled: .spooled
            case .rejected: .refused
            case .unavailable: .unavailable
            case .unknown: .unknown
            }
    }
}
