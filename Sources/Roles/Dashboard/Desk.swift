import HTTP
import Lifecycle
import Pipeline

/// What the dashboard's thread does, and all it knows. Nobody else touches it, so it needs no lock.
struct Desk {
    enum Work: Sendable {
        /// Someone asked for `/api/summary`.
        case summary(Responder)
        /// Someone opened `/events`.
        case watch(EventStream)
        /// A store answered the look of that number.
        case answer(LegName, StoreSnapshot?, Int)
    }

    private let sources: ByLeg<LegSource>
    private let account: @Sendable () -> GatewayAccount
    private let intake: String
    private let mailbox: Mailbox<Work>

    private var looks = Looks()
    private var audit = Audit()
    private var rates = Rates()
    private var latencies = ByLeg { _ in LatencyWindow() }
    private var sampled: Int64?
    /// Read before the stores were asked: see `Look`.
    private var accountBefore = GatewayAccount()
    private var backlogBefore = ByLeg { _ in Backlog(lag: 0, deadLetters: 0) }
    private var lastKnown = ByLeg { _ in StoreSnapshot() }

    private var summary: (json: [UInt8], event: ServerSentEvent)?
    /// Those who get what the next look finds, and those who get what this one finds: nobody is told of a time before
    /// he asked.
    private var asking: [Responder] = []
    private var asked: [Responder] = []
    private(set) var watchers: [EventStream] = []

    init(
        _ sources: ByLeg<LegSource>, account: @escaping @Sendable () -> GatewayAccount, intake: String,
        mailbox: Mailbox<Work>
    ) {
        (self.sources, self.account, self.intake, self.mailbox) = (sources, account, intake, mailbox)
    }

    /// Does what came in, then what is due.
    /// - Parameter now: of `Monotonic.now`.
    /// - Returns: when to be called again at the latest.
    mutating func work(_ batch: [Work], now: Int64) -> Int64 {
        for work in batch {
            switch work {
            case .summary(let responder): asking.append(responder)
            case .watch(let stream): welcome(stream)
            case .answer(let leg, let snapshot, let number): looks.answered(leg, snapshot, number: number)
            }
        }
        conclude(at: now)
        if let begin = next, begin <= now {
            look(at: now)
            // Stores that fell silent are not asked: then there is nothing to wait for.
            conclude(at: now)
        }
        return next ?? looks.givesUp
    }

    private var next: Int64? { looks.nextBegin(isAsked: !asking.isEmpty, isWatched: !watchers.isEmpty) }

    /// The end: nobody is left waiting.
    mutating func close() {
        for stream in watchers { stream.close() }
        Responder.send((asked + asking).map { ($0, Pages.stopping) })
        (watchers, asked, asking) = ([], [], [])
    }

    private mutating func welcome(_ stream: EventStream) {
        stream.send(event: "history", data: String(decoding: rates.historyJSON, as: UTF8.self))
        if let summary { stream.send(summary.event) }
        watchers.append(stream)
    }

    private mutating func look(at now: Int64) {
        let question = looks.begin(at: now)
        swap(&asking, &asked)
        accountBefore = account()
        backlogBefore = ByLeg { sources[$0].backlog() }
        for leg in question.legs {
            // There is always room: a store answers once a look, and requests leave half of the mailbox free.
            sources[leg].store.snapshot { [mailbox] in _ = mailbox.send(.answer(leg, $0, question.number)) }
        }
    }

    private mutating func conclude(at now: Int64) {
        guard let found = looks.finish(at: now) else { return }
        let legs = ByLeg { leg in
            lastKnown[leg] = found[leg] ?? lastKnown[leg]
            return Look.Leg(
                snapshot: lastKnown[leg], isReadable: found[leg] != nil, backlog: backlogBefore[leg])
        }
        let look = Look(legs: legs, account: accountBefore)
        let samples = ByLeg { sources[$0].latency() }
        // A look comes every quarter of a second while someone watches: an eighth of a second early is on time.
        let isSample = sampled.map { now - $0 >= Looks.restPause - Looks.livePause / 2 } ?? true
        if isSample {
            sampled = now
            rates.add(ByLeg { found[$0]?.total }, at: now)
            for leg in LegName.allCases { latencies[leg].add(samples[leg]) }
        }
        let summary = Summary(
            look: look, finding: audit.judge(look),
            legs: ByLeg { leg in
                Summary.Leg(
                    broker: sources[leg].broker, store: sources[leg].storeName, rate: rates.latest[leg],
                    latency: latencies[leg].quantiles(until: samples[leg]))
            }, intake: intake)
        let json = summary.json
        publish(json, isSample: isSample)
        answer(json)
    }

    private mutating func publish(_ json: [UInt8], isSample: Bool) {
        let isNew = json != summary?.json
        if isNew { summary = (json, ServerSentEvent(event: "summary", data: String(decoding: json, as: UTF8.self))) }
        guard !watchers.isEmpty else { return }
        // The rate goes out every second, whatever happened: the page's sign that we live, ours that the client does.
        let rate =
            isSample ? ServerSentEvent(event: "rate", data: String(decoding: rates.latestJSON, as: UTF8.self)) : nil
        watchers.removeAll { stream in
            var isOpen = true
            if isNew, let summary { isOpen = stream.send(summary.event) }
            if let rate { isOpen = stream.send(rate) && isOpen }
            return !isOpen
        }
    }

    /// The same answer to all who asked.
    private mutating func answer(_ json: [UInt8]) {
        guard !asked.isEmpty else { return }
        let response = Pages.summary(json)
        Responder.send(asked.map { ($0, response) })
        asked.removeAll(keepingCapacity: true)
    }
}
