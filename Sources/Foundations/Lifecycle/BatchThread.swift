import Dispatch
import Synchronization

/// One named thread that owns what must not be shared, and gets all the work that waits at once.
///
/// The handle (a C library's connection, a file) is a local value of the thread's body: made there, lent to each batch,
/// destroyed there when the thread ends. Nothing else can reach it. Work comes in the order in which it was submitted.
/// Accepted work is always handed to `body`, so whoever waits for it is completed on every exit.
package final class BatchThread<Handle: ~Copyable, Work: Sendable>: Sendable {
    package typealias Body = @Sendable (inout Handle, [Work]) -> Void

    private let mailbox: Mailbox<Work>
    private let end = Shutdown()

    /// - Parameters:
    ///   - name: at most 15 bytes, see `startThread`.
    ///   - capacity: how much work may wait.
    ///   - idle: `body` is called with no work when none came for so long. Nil: never.
    ///   - open: makes the handle, on the thread.
    ///   - body: does the work, on the thread.
    package init(
        name: String, capacity: Int, idle: Duration? = nil,
        open: @escaping @Sendable () -> Handle, body: @escaping Body
    ) throws(ThreadError) {
        mailbox = Mailbox(capacity: capacity)
        try startThread(name: name) { [mailbox, end] in
            run(open(), mailbox, idle, body)
            end.request()
        }
    }

    /// As the other, with a handle whose making can fail. Blocks until it is made, so for the start of a process.
    ///
    /// - Throws: what `opening` throws, or `ThreadError`. Then there is no thread.
    package init(
        name: String, capacity: Int, idle: Duration? = nil,
        opening: @escaping @Sendable () throws -> Handle, body: @escaping Body
    ) throws {
        mailbox = Mailbox(capacity: capacity)
        let failure = Failure()
        try startThread(name: name) { [mailbox, end] in
            do {
                let handle = try opening()
                failure.opened.signal()
                run(handle, mailbox, idle, body)
            } catch {
                failure.error.withLock { $0 = error }
                failure.opened.signal()
            }
            end.request()
        }
        failure.opened.wait()
        if let error = failure.error.withLock({ $0 }) { throw error }
    }

    /// The thread ends when nobody can give it work any more.
    deinit { mailbox.close() }

    /// False when the mailbox is full or closed; the work is then dropped. From any thread; never blocks.
    package func submit(_ work: Work) -> Bool { mailbox.send(work) }

    /// All or nothing: one lock and at most one wake-up for many.
    package func submit(contentsOf works: [Work]) -> Bool { mailbox.send(contentsOf: works) }

    /// How much work waits now.
    package var waiting: Int { mailbox.count }

    /// Work already accepted is still done; then the handle is destroyed and the thread ends. Idempotent.
    package func close() { mailbox.close() }

    /// Returns when the handle is destroyed and the thread is about to end, or when the task is cancelled.
    package func closed() async { await end.requested() }
}

private final class Failure: Sendable {
    let opened = DispatchSemaphore(value: 0)
    let error = Mutex<(any Error)?>(nil)
}

/// The life of the thread; the handle dies when it returns.
private func run<Handle: ~Copyable, Work>(
    _ opened: consuming Handle, _ mailbox: Mailbox<Work>, _ idle: Duration?, _ body: (inout Handle, [Work]) -> Void
) {
    var handle = opened
    var batch: [Work] = []
    while mailbox.take(into: &batch, deadline: idle.map { Monotonic.now + $0.inNanoseconds }) {
        body(&handle, batch)
    }
}
