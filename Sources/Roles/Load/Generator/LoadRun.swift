import Lifecycle

/// A run of the generator: one thread, one poller, all connections. Everything on it happens in `run`, which blocks.
final class LoadRun {
    let settings: LoadSettings
    let target: HTTPTarget
    let pool: TweetPool
    let poller: Poller
    let retry: RetryPolicy
    let timeout: Int64
    /// When the schedule began; until the connections stand, when the run was made.
    private(set) var start: Int64
    /// Wall time of `start`, for ids and the ledger.
    private var wallStart: Int64
    /// Connections stand, requests may begin.
    private var isSending = false
    var slots: [Slot]
    /// Places of slots that are free; some may not be any more (`isListedIdle` says that one stands here).
    var idle: [Int] = []
    /// Since when at least one slot is free.
    private var freeSince: Int64 = 0
    var schedule: Schedule
    var maker: RequestMaker
    var tally = LoadTally()
    var ledger: LedgerWriter?
    /// Requests that have begun and not ended.
    var underWay = 0
    var isInterrupted = false
    /// When nothing more was begun.
    private(set) var ended: Int64?
    private(set) var cpu: Int64 = 0
    private(set) var finished: Int64 = 0
    /// Requests that were meant to be sent and never were.
    private(set) var missed = 0
    private var events: [Poller.Event] = []

    /// How often deadlines are looked at.
    private static let sweepInterval: Int64 = 10_000_000
    /// An interrupted run waits this long for answers that are still out.
    private static let interruptedWait: Int64 = 2_000_000_000
    /// How long the first connections may take before the clock runs.
    private static let connectWait: Int64 = 1_000_000_000
    /// Nothing ever listened: how long before the run gives up.
    private static let firstConnectWait: Int64 = 3_000_000_000

    init(_ settings: LoadSettings, _ target: HTTPTarget, pool: TweetPool, token: String?, ledger: LedgerWriter?)
        throws(PollerError)
    {
        self.settings = settings
        self.target = target
        self.pool = pool
        self.ledger = ledger
        poller = try Poller()
        retry = RetryPolicy(retries: settings.retries, ownIDs: settings.ownIDs)
        timeout = settings.timeout.inNanoseconds
        slots = (0..<settings.connections).map(Slot.init(index:))
        let rate: Double? = if case .perSecond(let rate) = settings.rate { rate } else { nil }
        let isUnbounded = settings.duration == nil && settings.requests == nil
        schedule = Schedule(
            rate: rate, batch: settings.batch, count: settings.requests,
            duration: (settings.duration ?? (isUnbounded ? .seconds(10) : nil))?.inNanoseconds)
        maker = RequestMaker(settings, target, pool: pool, token: token)
        start = Clock.monotonic()
        wallStart = Clock.wall()
    }

    /// Milliseconds since 1970 of a moment of the run.
    func milliseconds(_ sinceStart: Int64) -> Int64 { (wallStart + sinceStart) / 1_000_000 }

    enum End: Equatable {
        case complete
        case interrupted
        /// Nothing was ever reached.
        case unreachable
        /// The ledger cannot be written any more.
        case ledgerFailed(CInt)
    }

    /// Runs to the end.
    ///
    /// - Parameters:
    ///   - isStopped: asked every 10 ms.
    ///   - tick: called about every 10 ms, on this thread.
    func run(isStopped: () -> Bool, tick: (LoadRun, Int64) -> Void) -> End {
        let cpuStart = Clock.threadCPU()
        connectAll()
        ledger?.begin(
            milliseconds: milliseconds(0), target: settings.target, seed: settings.seed, batch: settings.batch,
            ownIDs: settings.ownIDs)
        let end = loop(isStopped, tick)
        finished = Clock.monotonic()
        giveUpRest(finished)
        for slot in slots { slot.socket?.close() }
        cpu = Clock.threadCPU() - cpuStart
        ledger?.end(milliseconds: milliseconds(finished - start))
        ledger?.close()
        if let failure = ledger?.failure { return .ledgerFailed(failure) }
        return end
    }

    /// Lets every connection be tried once before the clock runs: the first requests shall not wait for theirs.
    private func connectAll() {
        let limit = Clock.monotonic() + Self.connectWait
        var now = Clock.monotonic()
        sweep(now)
        while now < limit, slots.contains(where: { if case .connecting = $0.link { true } else { false } }) {
            poller.wait(timeoutMilliseconds: 10, into: &events)
            for event in events { handle(event, &now) }
            now = Clock.monotonic()
        }
        (start, wallStart) = (Clock.monotonic(), Clock.wall())
        freeSince = start
        isSending = true
    }

    private func loop(_ isStopped: () -> Bool, _ tick: (LoadRun, Int64) -> Void) -> End {
        var nextSweep = start
        var nextFlush = start
        while true {
            var now = Clock.monotonic()
            if now >= nextSweep {
                nextSweep = now + Self.sweepInterval
                if isStopped() { isInterrupted = true }
                sweep(now)
                tick(self, now)
                if now >= nextFlush {
                    nextFlush = now + 1_000_000_000
                    ledger?.flush()
                }
                if let failure = ledger?.failure { return .ledgerFailed(failure) }
                if tally.connects == 0, now - start > Self.firstConnectWait { return .unreachable }
            }
            startDue(now)
            if isOver(now) { return isInterrupted ? .interrupted : tally.connects == 0 ? .unreachable : .complete }
            wait(until: nextSweep)
            for event in events { handle(event, &now) }
        }
    }

    /// Nothing more will be begun, and everything that was is answered or will not be waited for.
    private func isOver(_ now: Int64) -> Bool {
        guard isInterrupted || schedule.next(at: now - start) == nil else { return false }
        if ended == nil {
            ended = now
            missed = isInterrupted ? 0 : schedule.missed(at: now - start)
        }
        let wait = isInterrupted ? min(timeout, Self.interruptedWait) : timeout
        return underWay == 0 || now - (ended ?? now) > wait
    }

    /// Waits for answers, at most until the next request is due or `sweep`.
    private func wait(until sweep: Int64) {
        let now = Clock.monotonic()
        var wake = sweep
        if !isInterrupted, !idle.isEmpty, let next = schedule.next(at: now - start) { wake = min(wake, start + next) }
        let pause = wake - now
        if pause >= 1_000_000 {
            poller.wait(timeoutMilliseconds: Int(pause / 1_000_000), into: &events)
        } else {
            // The poller counts in milliseconds; a tenth of one is soon enough for an answer, and cheap.
            if pause > 0 { Clock.sleep(nanoseconds: underWay == 0 ? pause : min(pause, 50_000)) }
            poller.wait(timeoutMilliseconds: 0, into: &events)
        }
    }

    /// Begins what is due, as far as connections are free.
    private func startDue(_ now: Int64) {
        while !isInterrupted, let place = idle.last {
            let slot = slots[place]
            if slot.isFree {
                guard let intended = schedule.take(at: now - start) else { return }
                slot.isListedIdle = false
                idle.removeLast()
                begin(slot, intended: intended, now)
            } else {
                slot.isListedIdle = false
                idle.removeLast()
            }
        }
    }

    /// A connection came free: the next request if one is due, or the list of the idle.
    func offer(_ slot: Slot, _ now: Int64) {
        if idle.isEmpty { freeSince = now }
        if isSending, !isInterrupted, let intended = schedule.take(at: now - start) {
            begin(slot, intended: intended, now)
        } else if !slot.isListedIdle {
            slot.isListedIdle = true
            idle.append(slot.index)
        }
    }

    private func begin(_ slot: Slot, intended: Int64, _ now: Int64) {
        slot.request.intended = intended
        slot.request.attempts = 0
        slot.request.wasUnknown = false
        slot.request.firstTweet = maker.make(
            into: &slot.output, ids: &slot.request.ids, milliseconds: milliseconds(intended))
        underWay += 1
        tally.started(lateness: now - start - intended, free: now - freeSince, bytes: slot.output.count)
        transmit(slot, now)
    }

    /// The run is over: what still waits to be sent again keeps its last outcome, what is out is unknown.
    private func giveUpRest(_ now: Int64) {
        for slot in slots where slot.work != .none {
            let wasSent = slot.request.attempts > 0
            if case .waiting = slot.work {
                if wasSent { end(slot, slot.request.last, status: slot.request.lastStatus, now) } else { missed += 1 }
            } else {
                end(slot, GatewayAnswer(outcome: .unknown, reason: "no answer at the end of the run"), status: 0, now)
            }
            slot.work = .none
        }
    }

    /// The request on this slot has come to its end.
    func end(_ slot: Slot, _ answer: GatewayAnswer, status: Int, _ now: Int64) {
        var answer = answer
        answer.outcome = RetryPolicy.combined(answer.outcome, wasUnknown: slot.request.wasUnknown)
        underWay -= 1
        tally.ended(
            answer, tweets: settings.batch, latency: now - start - slot.request.intended,
            service: now - slot.request.sentAt)
        ledger?.append(
            answer, status: status, milliseconds: milliseconds(slot.request.intended), slot.request, pool,
            tweets: settings.batch)
        slot.work = .none
    }
}
