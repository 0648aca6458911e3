import Dispatch
import Glibc
import Lifecycle
import Testing

@Suite struct PollerTests {
    private let poller: Poller
    private let (mine, theirs): (CInt, CInt)

    init() throws {
        poller = try Poller()
        var pair: [CInt] = [0, 0]
        unsafe socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &pair)
        (mine, theirs) = (pair[0], pair[1])
    }

    private func events(_ milliseconds: Int) -> [Poller.Event] {
        var events: [Poller.Event] = []
        poller.wait(timeoutMilliseconds: milliseconds, into: &events)
        return events
    }

    @Test func tellsWhatIsAskedFor() throws {
        try poller.add(mine, .readable, token: 7)
        #expect(events(0) == [])
        unsafe write(theirs, "x", 1)
        // Level-triggered: it comes again until it is read.
        for _ in 0..<2 {
            let event = try #require(events(5000).first)
            #expect(event.token == 7 && event.isReadable && !event.isWritable && !event.isClosed)
        }
        try poller.modify(mine, .writable, token: 8)
        let writable = try #require(events(5000).first)
        #expect(writable.token == 8 && !writable.isReadable && writable.isWritable && !writable.isClosed)
        try poller.modify(mine, [], token: 9)
        #expect(events(0) == [])
        close(theirs)
        #expect(events(5000).first.map { $0.token == 9 && $0.isClosed } == true)
        try poller.remove(mine)
        #expect(events(0) == [])
        close(mine)
    }

    @Test func isWokenFromAnotherThread() throws {
        let start = ContinuousClock.now
        DispatchQueue.global().async { poller.wake() }
        #expect(events(5000) == [])
        // A wake-up before the wait is not lost, and counts once.
        poller.wake()
        poller.wake()
        #expect(events(5000) == [])
        #expect(elapsed(since: start) < .seconds(4))
        let quiet = ContinuousClock.now
        #expect(events(20) == [])
        #expect(elapsed(since: quiet) >= .milliseconds(19))
        close(mine)
        close(theirs)
    }

    @Test func refusesWhatCannotBe() throws {
        try poller.add(mine, .readable, token: 1)
        #expect(throws: PollerError.self) { try poller.add(mine, .readable, token: 1) }
        #expect(throws: PollerError.self) { try poller.modify(theirs, .readable, token: 1) }
        #expect(throws: PollerError.self) { try poller.remove(-1) }
        close(mine)
        close(theirs)
    }
}
