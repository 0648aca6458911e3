import Synchronization
package import Tweets

/// Reads one leg and counts it: effects of `ConsumerMachine`. Its work runs on the threads of the source and the store.
package final class Consumer: Sendable {
    /// What happened so far, for metrics.
    package struct Account: Sendable, Equatable {
        package var counted = 0
        /// Tweets that had been counted before: retries of clients, redeliveries.
        package var duplicates = 0
        package var deadLetters = 0
        /// Calls of the store or the source that failed and were repeated.
        package var failures = 0
        /// The last failure in words; nil after a success.
        package var trouble: String?

        package init() {}
    }

    /// A delivery taken apart, before it is counted.
    private struct Prepared {
        let delivery: Delivery
        let work: CountBatch
        let letters: [DeadLetter]
    }

    private struct State {
        var machine: ConsumerMachine
        /// By the number of the receive that brought it: a broker may deliver the same again while the first is being
        /// worked on.
        var prepared: [Int: Prepared] = [:]
        var account = Account()
    }

    private enum Effect {
        case askOffset
        case catchUp(Offset)
        case receive(number: Int, from: Offset, upTo: Int)
        case bury([DeadLetter])
        case apply(CountBatch)
        case settle(Delivery, Int)
    }

    private let state: Mutex<State>
    private let source: any TweetSource
    private let store: any CountStore
    private let ordered: Bool
    private let clock: @Sendable () -> Moment
    private let counted: @Sendable (Columns, [Bool]) -> Void

    /// - Parameters:
    ///   - ordered: the source is a log, whose offsets the store remembers and compares.
    ///   - counted: told of every committed batch with one flag a tweet (false: seen before), on the store's thread.
    package init(
        source: any TweetSource, store: any CountStore, ordered: Bool, limits: ConsumerMachine.Limits,
        clock: @escaping @Sendable () -> Moment, counted: @escaping @Sendable (Columns, [Bool]) -> Void = { _, _ in }
    ) {
        self.source = source
        self.store = store
        self.ordered = ordered
        self.clock = clock
        self.counted = counted
        state = Mutex(State(machine: ConsumerMachine(limits: limits)))
    }

    package var account: Account { state.withLock { $0.account } }

    /// Nothing is being worked on. With a lag of 0 at the source everything is counted.
    package var isIdle: Bool { state.withLock { $0.machine.isIdle } }

    /// Begins reading; once.
    package func start() { advance { machine, _ in machine.begin() } }

    /// Time has passed; every few milliseconds.
    package func tick() { advance { $0.tick(now: $1) } }

    private func advance(_ event: (inout ConsumerMachine, Moment) -> [ConsumerMachine.Action]) {
        let now = clock()
        perform(state.withLock { Self.effects(of: event(&$0.machine, now), &$0) })
    }

    private func received(_ reception: Reception, number: Int) {
        switch reception {
        case .delivery(let delivery):
            // A long piece of work, so outside the lock; an overruled delivery is dropped in `received`.
            let new = prepare(delivery)
            let now = clock()
            perform(
                state.withLock { state in
                    guard state.machine.isCurrent(receive: number) else { return [] }
                    state.prepared[number] = new
                    return Self.effects(
                        of: state.machine.received(
                            delivery, hasLetters: !new.letters.isEmpty, number: number, now: now), &state)
                })
        case .unavailable(let reason):
            // A receive that a newer one overruled did not fail.
            guard state.withLock({ $0.machine.isCurrent(receive: number) }) else { return }
            note(reason)
            advance { $0.receiveFailed(number: number, now: $1) }
        case .closed:
            state.withLock { $0.machine.closed() }
        }
    }

    /// Takes a delivery apart; what cannot be read becomes a dead letter and is not counted.
    private func prepare(_ delivery: Delivery) -> Prepared {
        let reader = TweetReader()
        var columns = Columns()
        var letters: [DeadLetter] = []
        var recent: [[UInt8]] = []
        var first = delivery.first
        for batch in delivery.batches {
            var unreadable: Set<Int> = []
            reader.columns(of: batch, into: &columns) { index, error in
                unreadable.insert(index)
                letters.append(
                    DeadLetter(
                        bytes: Array(batch.bytes[batch.range(of: index)]), reason: error.description,
                        origin: ordered ? first + Offset(index) : delivery.tag))
            }
            for index in max(0, batch.count - StoreSnapshot.recentMax)..<batch.count where !unreadable.contains(index) {
                recent.append(Array(batch.bytes[batch.range(of: index)]))
            }
            first += Offset(batch.count)
        }
        let work = CountBatch(
            columns: columns, recent: recent.suffix(StoreSnapshot.recentMax),
            offsets: ordered ? delivery.first..<delivery.next : nil)
        return Prepared(delivery: delivery, work: work, letters: letters)
    }

    private func applied(_ answer: Applied, _ batch: CountBatch) {
        switch answer {
        case .counted(let flags):
            let fresh = flags.count { $0 }
            state.withLock { state in
                state.account.counted += fresh
                state.account.duplicates += flags.count - fresh
                state.account.trouble = nil
            }
            counted(batch.columns, flags)
        case .elsewhere: break
        case .unavailable(let reason): note(reason)
        }
        let now = clock()
        perform(
            state.withLock { state in
                // With the machine's own step: a delivery that arrives in between would stay here for ever.
                if case .elsewhere = answer { state.prepared = [:] }
                return Self.effects(of: state.machine.applied(answer, now: now), &state)
            })
    }

    private func note(_ trouble: String) {
        state.withLock { state in
            state.account.failures += 1
            state.account.trouble = trouble
        }
    }

    private func perform(_ effects: [Effect]) {
        for effect in effects {
            switch effect {
            case .askOffset:
                store.offset { [self] offset in
                    if offset == nil {
                        note("the store does not answer")
                    } else {
                        // With nothing to count this is the only success there is, and `/readyz` asks for the trouble.
                        state.withLock { $0.account.trouble = nil }
                    }
                    advance { $0.offset(offset, now: $1) }
                }
            case .catchUp(let offset):
                guard ordered else { continue }
                source.settle(Delivery(batches: [], first: offset, next: offset, tag: 0)) { _ in }
            case .receive(let number, let from, let tweets):
                source.receive(from: from, upTo: tweets) { [self] in received($0, number: number) }
            case .bury(let letters):
                source.bury(letters) { [self] isDone in
                    if isDone {
                        state.withLock { $0.account.deadLetters += letters.count }
                    } else {
                        note("dead letters cannot be kept")
                    }
                    advance { $0.buried(isDone, now: $1) }
                }
            case .apply(let batch):
                store.apply(batch) { [self] in applied($0, batch) }
            case .settle(let delivery, let number):
                source.settle(delivery) { [self] isDone in
                    if !isDone { note("the leg does not take the acknowledgement") }
                    settled(number, isDone)
                }
            }
        }
    }

    private func settled(_ number: Int, _ isDone: Bool) {
        let now = clock()
        perform(
            state.withLock { state in
                if isDone { state.prepared[number] = nil }
                return Self.effects(of: state.machine.settled(isDone, now: now), &state)
            })
    }

    private static func effects(of actions: [ConsumerMachine.Action], _ state: inout State) -> [Effect] {
        actions.compactMap { action in
            switch action {
            case .askOffset: .askOffset
            case .catchUp(let offset): .catchUp(offset)
            case .receive(let number, let from, let tweets): .receive(number: number, from: from, upTo: tweets)
            case .bury(let number): state.prepared[number].map { .bury($0.letters) }
            case .apply(let number): state.prepared[number].map { .apply($0.work) }
            case .settle(let number): state.prepared[number].map { .settle($0.delivery, number) }
            }
        }
    }
}
