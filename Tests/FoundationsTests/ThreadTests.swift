import Dispatch
import Glibc
import Synchronization
import Testing

@testable import Lifecycle

private struct Boom: Error {}

/// A handle that says on which thread it was made and died.
private struct Probe: ~Copyable {
    let made = pthread_self()
    let died: @Sendable (_ onItsThread: Bool) -> Void

    init(died: @escaping @Sendable (Bool) -> Void = { _ in }) { self.died = died }
    deinit { died(pthread_equal(made, pthread_self()) != 0) }
}

@Suite(.timeLimit(.minutes(1))) struct BatchThreadTests {
    @Test func workThatWaitsComesTogetherAndInOrder() async throws {
        let batches = Mutex<[[Int]]>([])
        let begun = Shutdown()
        let gate = DispatchSemaphore(value: 0)
        let thread = try BatchThread<Probe, Int>(
            name: "test", capacity: 5, open: { Probe() },
            body: { _, works in
                batches.withLock { $0.append(works) }
                begun.request()
                gate.wait()
            })
        #expect(thread.submit(0))
        await begun.requested()
        #expect(thread.submit(1) && thread.submit(contentsOf: [2, 3, 4]))
        #expect(!thread.submit(contentsOf: [5, 6]), "all or nothing")
        #expect(thread.submit(5))
        #expect(!thread.submit(6), "full")
        #expect(thread.waiting == 5)
        gate.signal()
        gate.signal()
        thread.close()
        await thread.closed()
        #expect(batches.withLock { $0 } == [[0], [1, 2, 3, 4, 5]])
        #expect(!thread.submit(7), "closed")
    }

    @Test func theHandleDiesOnItsThreadBeforeClosedReturns() async throws {
        let died = Mutex<[Bool]>([])
        let thread = try BatchThread<Probe, Int>(
            name: "test", capacity: 1, open: { Probe { onItsThread in died.withLock { $0.append(onItsThread) } } },
            body: { _, _ in })
        #expect(died.withLock { $0 }.isEmpty)
        thread.close()
        await thread.closed()
        #expect(died.withLock { $0 } == [true])
        await thread.closed()
    }

    @Test func forgettingItEndsIt() async throws {
        let died = Shutdown()
        do {
            _ = try BatchThread<Probe, Int>(
                name: "test", capacity: 1, open: { Probe { _ in died.request() } }, body: { _, _ in })
        }

        await died.requested()
    }

    @Test func openingCanFail() async throws {
        #expect(throws: Boom.self) {
            _ = try BatchThread<Probe, Int>(name: "test", capacity: 1, opening: { throw Boom() }, body: { _, _ in })
        }
        let worked = Shutdown()
        let thread = try BatchThread<Probe, Int>(
            name: "test", capacity: 1, opening: { () throws -> Probe in Probe() }, body: { _, _ in worked.request() })
        #expect(thread.submit(1))
        await worked.requested()
    }

    @Test func idleCallsComeWithoutWorkAndStopAtTheEnd() async throws {
        let idle = Shutdown()
        let worked = Shutdown()
        let thread = try BatchThread<Void, Int>(
            name: "test", capacity: 1, idle: .milliseconds(1), open: {},
            body: { _, works in if works.isEmpty { idle.request() } else { worked.request() } })
        await idle.requested()
        #expect(thread.submit(1))
        await worked.requested()
        thread.close()
        await thread.closed()
    }

    @Test func theThreadHasItsName() async throws {
        let name = Mutex<String?>(nil)
        let worked = Shutdown()
        let thread = try BatchThread<Void, Int>(
            name: "fifteen-letters", capacity: 1, open: {},
            body: { _, _ in
                name.withLock { $0 = firstLine(of: "/proc/thread-self/comm") }
                worked.request()
            })
        #expect(thread.submit(1))
        await worked.requested()
        #expect(name.withLock { $0 } == "fifteen-letters")
    }

    /// Closing while many submit: what was accepted is done, what was refused is not, and nothing hangs.
    @Test(arguments: 0..<20) func acceptedIsDoneRefusedIsNot(round: Int) async throws {
        let done = Atomic(0)
        let thread = try BatchThread<Void, Int>(
            name: "test", capacity: 8, open: {},
            body: { _, works in done.add(works.count, ordering: .relaxed) })
        let accepted = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<50 { group.addTask { thread.submit(number) } }
            group.addTask {
                thread.close()
                return false
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        await thread.closed()
        #expect(done.load(ordering: .relaxed) == accepted)
        #expect(!thread.submit(50))
    }

    /// Many senders against one receiver that sleeps between, for ever or until a deadline: a lost wake-up hangs this.
    @Test(arguments: [nil, Duration.milliseconds(1)]) func noWakeUpIsLost(idle: Duration?) async throws {
        let sum = Atomic(0)
        let thread = try BatchThread<Void, Int>(
            name: "test", capacity: 10, idle: idle, open: {},
            body: { _, works in sum.add(works.reduce(0, +), ordering: .relaxed) })
        await withTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<5000 { while !thread.submit(1) { await Task.yield() } }
                }
            }
        }
        thread.close()
        await thread.closed()
        #expect(sum.load(ordering: .relaxed) == 20_000)
    }
}

@Suite(.timeLimit(.minutes(1))) struct TickerTests {
    @Test func ticksUntilItIsStopped() async throws {
        let ticks = Atomic(0)
        let third = Shutdown()
        let ticker = try Ticker(name: "test", every: .milliseconds(1)) {
            if ticks.add(1, ordering: .relaxed).newValue == 3 { third.request() }
        }
        await third.requested()
        ticker.stop()
        await ticker.stopped()
        let count = ticks.load(ordering: .relaxed)
        try await Task.sleep(for: .milliseconds(10))
        #expect(ticks.load(ordering: .relaxed) == count)
    }

    @Test func monotonic() {
        let start = Monotonic.now
        #expect(Monotonic.now >= start && Monotonic.elapsed(since: start) >= .zero)
        #expect(Duration.milliseconds(1500).inNanoseconds == 1_500_000_000)
        #expect(Duration.seconds(Int64.max).inNanoseconds == .max)
    }
}

@Suite(.timeLimit(.minutes(1))) struct StopSignalsTests {
    /// Signals sent to the one thread that waits for them, so that the test process lives on.
    @Test func theFirstRequestsTheSecondReturns() async throws {
        let id = Mutex<pthread_t?>(nil)
        let (ready, stop, second) = (Shutdown(), Shutdown(), Shutdown())
        try startThread(name: "signals") {
            StopSignals.block([SIGUSR1, SIGUSR2])
            id.withLock { $0 = pthread_self() }
            ready.request()
            StopSignals.wait(for: [SIGUSR1, SIGUSR2], requesting: stop)
            second.request()
        }
        await ready.requested()
        let thread = try #require(id.withLock { $0 })
        pthread_kill(thread, SIGUSR1)
        await stop.requested()
        #expect(!second.isRequested)
        pthread_kill(thread, SIGUSR2)
        await second.requested()
    }
}
