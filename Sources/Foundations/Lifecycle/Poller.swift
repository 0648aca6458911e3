import CLinux
import Glibc

/// A call of the kernel that failed while polling.
package struct PollerError: Error, Hashable, CustomStringConvertible {
    /// Which call.
    package let call: StaticString
    /// Its error, see errno(3).
    package let errno: CInt

    package var description: String { unsafe "\(call): \(String(cString: strerror(errno)))" }

    package static func == (a: Self, b: Self) -> Bool { a.errno == b.errno }
    package func hash(into hasher: inout Hasher) { hasher.combine(errno) }
}

/// Waits for many sockets at once, and for a call from another thread: epoll and an eventfd.
///
/// One thread waits; every other call may come from any thread. Readiness is level-triggered: an event comes again
/// until what it tells of is done. Descriptors stay the caller's: remove one before closing it. The poller closes its
/// own two when the last reference goes.
package final class Poller: Sendable {
    /// What is waited for. The end of a connection is always told.
    package struct Interest: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Bytes, a connection to accept, or the end of what the other side sends.
        package static let readable = Interest(rawValue: 1)
        /// Room for bytes, or the end of a connect.
        package static let writable = Interest(rawValue: 2)
    }

    /// What is ready, and of whom: the token is the one that was given to `add` or `modify`.
    package struct Event: Sendable, Hashable {
        package var token: UInt64
        package var isReadable: Bool
        package var isWritable: Bool
        /// The other side has gone or the socket failed; what was received before is still to be read.
        package var isClosed: Bool
    }

    /// How many events one `wait` gives at most; the others come with the next one.
    package static let eventsMax = 256

    /// The token of the wake-up, which no caller sees.
    private static let bellToken = UInt64.max

    private let epoll: CInt
    private let bell: CInt

    /// Fails when the process is out of descriptors or memory.
    package init() throws(PollerError) {
        epoll = epoll_create1(CInt(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw PollerError(call: "epoll_create1", errno: errno) }
        bell = eventfd(0, CInt(EFD_NONBLOCK | EFD_CLOEXEC))
        guard bell >= 0 else {
            let error = PollerError(call: "eventfd", errno: errno)
            close(epoll)
            throw error
        }
        do throws(PollerError) {
            // Edge-triggered: each wake-up is told once, without a read to reset the counter.
            try control(EPOLL_CTL_ADD, bell, EPOLLIN.rawValue | EPOLLET.rawValue, token: Self.bellToken)
        } catch {
            close(bell)
            close(epoll)
            throw error
        }
    }

    deinit {
        close(bell)
        close(epoll)
    }

    /// Waits for one descriptor more; one that is waited for already is refused.
    ///
    /// - Parameter token: comes back with each event; `UInt64.max` is taken.
    package func add(_ descriptor: CInt, _ interest: Interest, token: UInt64) throws(PollerError) {
        try control(EPOLL_CTL_ADD, descriptor, Self.bits(interest), token: token)
    }

    /// Replaces interest and token.
    package func modify(_ descriptor: CInt, _ interest: Interest, token: UInt64) throws(PollerError) {
        try control(EPOLL_CTL_MOD, descriptor, Self.bits(interest), token: token)
    }

    /// Before the descriptor is closed, for its number may come back as another's.
    package func remove(_ descriptor: CInt) throws(PollerError) {
        try control(EPOLL_CTL_DEL, descriptor, 0, token: 0)
    }

    /// Makes the waiting thread return, or its next `wait` if it is not waiting. From any thread.
    package func wake() {
        // Fails only when the counter is full, and then the wake-up is due anyway.
        _ = eventfd_write(bell, 1)
    }

    /// Waits until something is ready, `wake` is called or the time is over.
    ///
    /// - Parameters:
    ///   - timeoutMilliseconds: 0 only looks, -1 waits without end.
    ///   - events: replaced; empty after a wake-up, a timeout or an interruption by a signal. Keep it, to keep its
    ///     memory.
    package func wait(timeoutMilliseconds: Int, into events: inout [Event]) {
        events.removeAll(keepingCapacity: true)
        let failure = unsafe withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.eventsMax) { buffer in
            let timeout = CInt(clamping: timeoutMilliseconds)
            let count = unsafe epoll_wait(epoll, buffer.baseAddress, CInt(Self.eventsMax), timeout)
            guard count >= 0 else { return errno }
            for index in 0..<Int(count) {
                let event = unsafe buffer[index]
                guard unsafe event.data.u64 != Self.bellToken else { continue }
                events.append(unsafe Event(event))
            }
            return 0
        }
        precondition(failure == 0 || failure == EINTR, "epoll_wait fails only on a descriptor that is not ours")
    }

    private func control(
        _ operation: CInt, _ descriptor: CInt, _ bits: UInt32, token: UInt64
    ) throws(PollerError) {
        var event = unsafe epoll_event(events: bits, data: epoll_data_t(u64: token))
        guard unsafe epoll_ctl(epoll, operation, descriptor, &event) == 0 else {
            throw PollerError(call: "epoll_ctl", errno: errno)
        }
    }

    private static func bits(_ interest: Interest) -> UInt32 {
        (interest.contains(.readable) ? EPOLLIN.rawValue | EPOLLRDHUP.rawValue : 0)
            | (interest.contains(.writable) ? EPOLLOUT.rawValue : 0)
    }
}

extension Poller.Event {
    fileprivate init(_ event: epoll_event) {
        let bits = unsafe event.events
        token = unsafe event.data.u64
        isReadable = bits & EPOLLIN.rawValue != 0
        isWritable = bits & EPOLLOUT.rawValue != 0
        isClosed = bits & (EPOLLHUP.rawValue | EPOLLERR.rawValue | EPOLLRDHUP.rawValue) != 0
    }
}
