import Pipeline
import Synchronization
import Tweets

/// The whole pipeline in virtual time, on brokers, stores and clients that fail as a seed tells them to.
///
/// What runs is the real thing: `Intake`, `Dispatcher`, `Consumer` and levelling after a crash; only legs, stores,
/// clients and the clock are made. One seed is one history, always the same.
package final class SimulatedWorld: Sendable {
    /// How much happens in a history.
    package struct Plan: Sendable {
        package var requests = 40
        /// Virtual milliseconds in which requests come and things fail; then everything heals.
        package var trouble = 1500
        package var crashes = 2
        package var failOvers = 1
        package var faults = Faults()
        package var sabotage: Sabotage?

        package init() {}
    }

    /// What a client knows of one tweet.
    package enum Outcome: Sendable, Equatable {
        case accepted
        /// Every try was refused and certainly not stored.
        case refused
        case unknown
    }

    /// A request as its client sees it.
    fileprivate struct Call: Sendable {
        let ids: [TweetID]
        let hasOwnIDs: Bool
        var triesLeft: Int
        var admitted: Moment?
    }

    fileprivate struct Life {
        var intake: Intake<Int>
        var ids: IDMaker
        var dispatcher: Dispatcher
        var consumers: ByLeg<Consumer>
        var isOpen = false
    }

    fileprivate struct State {
        var calls: [Int: Call] = [:]
        var nextCall = 0
        var outcomes: [TweetID: Outcome] = [:]
        var late: [String] = []
        var life: Life
        var lives: UInt64 = 1
    }

    private let plan: Plan
    private let clockwork: Clockwork
    private let legs: ByLeg<SimulatedLeg>
    private let stores: ByLeg<SimulatedStore>
    private let state: Mutex<State>

    /// Nothing happens before `run`.
    package init(seed: UInt64, plan: Plan) {
        self.plan = plan
        let clockwork = Clockwork(seed: seed)
        let legs = ByLeg { SimulatedLeg($0, clockwork: clockwork, faults: plan.faults, sabotage: plan.sabotage) }
        let stores = ByLeg { _ in SimulatedStore(clockwork: clockwork, faults: plan.faults, sabotage: plan.sabotage) }
        (self.clockwork, self.legs, self.stores) = (clockwork, legs, stores)
        state = Mutex(State(life: Self.life(session: 1, clockwork, legs, stores)))
    }

    fileprivate static func life(
        session: UInt64, _ clockwork: Clockwork, _ legs: ByLeg<SimulatedLeg>, _ stores: ByLeg<SimulatedStore>
    ) -> Life {
        var intake = Intake<Int>.Limits()
        // Small enough that the doors close now and then.
        (intake.tweetsMax, intake.groupTweets) = (60, 16)
        var dispatch = DispatchMachine.Limits()
        dispatch.batchesMax = 4
        let clock: @Sendable () -> Moment = { clockwork.now }
        return Life(
            intake: Intake(limits: intake, now: clockwork.now), ids: IDMaker(session: session, next: 0),
            dispatcher: Dispatcher(
                legs: ByLeg(kafka: legs.kafka, rabbitmq: legs.rabbitmq), limits: dispatch, clock: clock),
            consumers: ByLeg { leg in
                Consumer(
                    source: legs[leg], store: stores[leg], ordered: leg == .kafka, limits: ConsumerMachine.Limits(),
                    clock: clock)
            })
    }

    /// Lives the history to its end and answers what was broken; empty: every promise was kept.
    package func run() -> [String] {
        begin()
        for _ in 0..<plan.requests {
            clockwork.after(milliseconds: Double(clockwork.pick(0...plan.trouble)), survives: true) { [self] in arrive()
            }
        }
        for _ in 0..<clockwork.pick(0...plan.crashes) {
            clockwork.after(milliseconds: Double(clockwork.pick(0...plan.trouble)), survives: true) { [self] in crash()
            }
        }
        for _ in 0..<clockwork.pick(0...plan.failOvers) {
            let at = clockwork.pick(1...plan.trouble)
            clockwork.after(milliseconds: Double(at) / 2, survives: true) { [self] in stores.kafka.keepCopy() }
            clockwork.after(milliseconds: Double(at), survives: true) { [self] in stores.kafka.failOver() }
        }
        clockwork.after(milliseconds: Double(plan.trouble), survives: true) { [self] in
            for leg in LegName.allCases {
                legs[leg].heal()
                stores[leg].heal()
            }
        }
        let end = clockwork.now + .seconds(60)
        let healed = clockwork.now + .milliseconds(plan.trouble + 1)
        while clockwork.now < end, !(clockwork.now > healed && unrest.isEmpty) {
            guard clockwork.step() else { break }
        }
        return violations()
    }

    // MARK: the process

    private func begin() {
        let (dispatcher, consumers) = state.withLock { ($0.life.dispatcher, $0.life.consumers) }
        level(dispatcher)
        for leg in LegName.allCases { consumers[leg].start() }
        tick()
        pass()
    }

    /// What a crash left in one leg only is published to the other before the doors open.
    private func level(_ dispatcher: Dispatcher) {
        let missing = Levelling.missing(kafka: legs.kafka.tail, rabbitmq: legs.rabbitmq.tail)
        let work = missing.forKafka.map { (LegName.kafka, $0) } + missing.forRabbitmq.map { (LegName.rabbitmq, $0) }
        guard let (leg, batch) = work.first else {
            state.withLock { $0.life.isOpen = true }
            return
        }
        legs[leg].publish(batch) { [self] _ in
            clockwork.after(milliseconds: 1) { [self] in level(dispatcher) }
        }
    }

    private func tick() {
        let (dispatcher, consumers) = state.withLock { ($0.life.dispatcher, $0.life.consumers) }
        dispatcher.tick()
        for leg in LegName.allCases { consumers[leg].tick() }
        clockwork.after(milliseconds: Double(clockwork.pick(10...60))) { [self] in tick() }
    }

    private func pass() {
        let (expired, groups, dispatcher) = state.withLock { state in
            let expired = state.life.intake.expire(now: clockwork.now)
            var groups: [Intake<Int>.Group] = []
            while let group = state.life.intake.next() { groups.append(group) }
            return (expired, groups, state.life.dispatcher)
        }
        for (call, verdict) in expired { answer(call, verdict) }
        for group in groups {
            dispatcher.publish(group.batch) { [self] receipts in
                let now = clockwork.now
                for (call, verdict) in state.withLock({ $0.life.intake.completed(group.number, receipts, now: now) }) {
                    answer(call, verdict)
                }
            }
        }
        clockwork.after(milliseconds: Double(clockwork.pick(5...30))) { [self] in pass() }
    }

    private func crash() {
        clockwork.crash()
        for leg in LegName.allCases { legs[leg].reopen() }
        let lost = state.withLock { state in
            state.lives += 1
            state.life = Self.life(session: state.lives, clockwork, legs, stores)
            return state.calls.filter { $0.value.admitted != nil }.keys.sorted()
        }
        // The connections break: nobody knows what became of what was on its way.
        for call in lost { answer(call, .unknown) }
        clockwork.after(milliseconds: Double(clockwork.pick(1...100))) { [self] in begin() }
    }

    // MARK: clients

    private func arrive() {
        let count = clockwork.pick(1...6)
        let hasOwnIDs = clockwork.chance(40)
        let tries = clockwork.pick(1...4)
        let number = state.withLock { state in
            state.nextCall += 1
            let ids = hasOwnIDs ? (0..<count).map { SimulatedTweets.clientID(state.nextCall * 8 + $0) } : []
            // Without ids of its own a second try would be another tweet, so there is none.
            state.calls[state.nextCall] = Call(
                ids: ids, hasOwnIDs: hasOwnIDs, triesLeft: hasOwnIDs ? tries : 1, admitted: nil)
            return state.nextCall
        }
        send(number, count: count)
    }

    private func send(_ number: Int, count: Int) {
        let isRefused = state.withLock { state -> Bool in
            guard var call = state.calls[number] else { return false }
            guard state.life.isOpen, state.life.intake.refusal() == nil else { return true }
            if !call.hasOwnIDs {
                call = Call(
                    ids: (0..<count).map { _ in state.life.ids.make() }, hasOwnIDs: false, triesLeft: call.triesLeft,
                    admitted: nil)
            }
            let first = state.life.intake.open.count
            for id in call.ids { state.life.intake.open.append(SimulatedTweets.line(id).utf8) }
            state.life.intake.add(number, from: first, now: clockwork.now)
            call.admitted = clockwork.now
            state.calls[number] = call
            return false
        }
        if isRefused { answer(number, .unavailable) }
    }

    private func answer(_ number: Int, _ verdict: Intake<Int>.Verdict) {
        let now = clockwork.now
        let again = state.withLock { state -> Int? in
            guard var call = state.calls[number] else {
                state.late.append("request \(number) was answered twice")
                return nil
            }
            if let admitted = call.admitted, now > admitted + .milliseconds(3200) {
                state.late.append("I6: request \(number) was answered after \((now - admitted) / 1_000_000) ms")
            }
            call.admitted = nil
            call.triesLeft -= 1
            for id in call.ids { state.outcomes[id] = Self.joined(state.outcomes[id], verdict) }
            let isDone = verdict == .stored || verdict == .spooled || call.triesLeft <= 0
            state.calls[number] = isDone ? nil : call
            return isDone ? nil : call.ids.count
        }
        if let again {
            clockwork.after(milliseconds: Double(clockwork.pick(1...400)), survives: true) { [self] in
                send(number, count: again)
            }
        }
    }

    private static func joined(_ earlier: Outcome?, _ verdict: Intake<Int>.Verdict) -> Outcome {
        switch verdict {
        case .stored, .spooled: .accepted
        case .unavailable: earlier ?? .refused
        case .rejected, .unknown: earlier == .accepted ? .accepted : .unknown
        }
    }

    // MARK: the end

    /// What is still going on; empty: everything was drained.
    private var unrest: [String] {
        state.withLock { state in
            var found: [String] = []
            if !state.calls.isEmpty { found.append("\(state.calls.count) requests wait") }
            if !state.life.isOpen { found.append("the doors are closed") }
            if !state.life.intake.isIdle { found.append("the intake is not idle") }
            if !state.life.dispatcher.isIdle { found.append("the dispatcher is not idle") }
            for leg in LegName.allCases {
                if !state.life.consumers[leg].isIdle { found.append("the consumer of \(leg) is not idle") }
                if legs[leg].backlog.lag > 0 { found.append("\(leg) lags by \(legs[leg].backlog.lag)") }
            }
            let counted = stores.kafka.contents.snapshot.offset
            if counted != legs.kafka.end { found.append("kafka is counted to \(counted) of \(legs.kafka.end)") }
            return found
        }
    }

    private func violations() -> [String] {
        let (outcomes, late) = state.withLock { ($0.outcomes, $0.late) }
        var found = late + unrest.map { "I7: a minute after the faults ended \($0)" }
        for leg in LegName.allCases {
            found += Promises.violations(
                leg: leg, outcomes: outcomes, contents: stores[leg].contents, deadLetters: legs[leg].backlog.deadLetters
            )
        }
        let (kafka, rabbitmq) = (Set(stores.kafka.contents.counted.keys), Set(stores.rabbitmq.contents.counted.keys))
        for id in kafka.symmetricDifference(rabbitmq).sorted(by: { ($0.high, $0.low) < ($1.high, $1.low) }) {
            found.append("\(id) is counted behind \(kafka.contains(id) ? "kafka" : "rabbitmq") only")
        }
        return found
    }
}
