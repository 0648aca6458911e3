import Synchronization
import Testing

@testable import Lifecycle

private final class Recorder: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
}

private struct Boom: Error {}

/// A service that says what happens to it.
private struct Fake: Service {
    let name: String
    let recorder: Recorder
    var started = Shutdown()
    var drain: @Sendable () async throws -> Void = {}
    var fails = false

    func run(until shutdown: Shutdown) async throws {
        started.request()
        if fails { throw Boom() }
        await shutdown.requested()
        recorder.add("asked \(name)")
        try await drain()
        recorder.add("drained \(name)")
    }
}

@Suite(.timeLimit(.minutes(1))) struct ServiceGroupTests {
    private let recorder = Recorder()

    private func fake(_ name: String) -> Fake { Fake(name: name, recorder: recorder) }

    @Test func stopsInReverseOneAfterAnother() async {
        let stop = Shutdown()
        let a = fake("a")
        var b = fake("b")
        b.drain = { await Task.yield() }
        let steps = Mutex<[ServiceGroup.Step]>([])
        let group = ServiceGroup([a, b], drainDeadline: .seconds(30)) { step in steps.withLock { $0.append(step) } }
        async let outcome = group.run(until: stop)
        await a.started.requested()
        await b.started.requested()
        stop.request()
        #expect(await outcome == .drained)
        #expect(await outcome.exitCode == 0)
        #expect(recorder.all == ["asked b", "drained b", "asked a", "drained a"])
        #expect(
            steps.withLock { $0 } == [
                .asked(service: "b"), .stopped(service: "b", error: nil), .asked(service: "a"),
                .stopped(service: "a", error: nil),
            ])
    }

    @Test func theDeadlineIsOneForAll() async {
        let stop = Shutdown()
        var slow = fake("slow")
        slow.drain = { try await Task.sleep(for: .seconds(3600)) }
        stop.request()
        let outcome = await ServiceGroup([fake("a"), slow], drainDeadline: .milliseconds(20)).run(until: stop)
        #expect(outcome == .deadlinePassed(["a", "slow"]) && outcome.exitCode == 1)
        #expect(recorder.all.first == "asked slow")
    }

    @Test func aServiceThatIgnoresEverythingDoesNotHoldTheGroup() async {
        let stop = Shutdown()
        let never = Shutdown()
        var stuck = fake("stuck")
        // A task of its own does not hear of the cancellation.
        stuck.drain = { await Task { await never.requested() }.value }
        stop.request()
        let group = ServiceGroup([stuck], drainDeadline: .milliseconds(10), grace: .milliseconds(10))
        #expect(await group.run(until: stop) == .deadlinePassed(["stuck"]))
        never.request()
    }

    @Test func oneThatEndsStopsAll() async {
        var b = fake("b")
        b.fails = true
        let outcome = await ServiceGroup([fake("a"), b], drainDeadline: .seconds(30)).run(until: Shutdown())
        #expect(outcome == .ended(service: "b", error: "Boom()") && outcome.exitCode == 1)
        #expect(recorder.all == ["asked a", "drained a"])
    }

    @Test func aFailedDrainIsNotDrained() async {
        let stop = Shutdown()
        var b = fake("b")
        b.drain = { throw Boom() }
        stop.request()
        #expect(
            await ServiceGroup([fake("a"), b], drainDeadline: .seconds(30)).run(until: stop)
                == .ended(service: "b", error: "Boom()"))
        #expect(recorder.all == ["asked b", "asked a", "drained a"])
    }

    @Test func withoutServicesItEndsWhenAsked() async {
        let stop = Shutdown()
        stop.request()
        #expect(await ServiceGroup([], drainDeadline: .seconds(1)).run(until: stop) == .drained)
    }
}

@Suite(.timeLimit(.minutes(1))) struct ShutdownTests {
    @Test func everyWaiterIsResumed() async {
        let shutdown = Shutdown()
        await withTaskGroup { group in
            for _ in 0..<100 { group.addTask { await shutdown.requested() } }
            group.addTask { shutdown.request() }
        }
        await shutdown.requested()
        #expect(shutdown.isRequested)
    }

    @Test func cancellationResumesAWaiter() async {
        for _ in 0..<100 {
            let shutdown = Shutdown()
            let task = Task { await shutdown.requested() }
            task.cancel()
            await task.value
            #expect(!shutdown.isRequested)
        }
    }
}
