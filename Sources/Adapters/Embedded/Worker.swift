import Dispatch
import Lifecycle
import Synchronization

/// One thread that owns a file and gets all the work that waits at once: what arrives during a commit is the next commit.
///
/// Accepted work is always handed to `body`, so whoever waits for it is answered on every exit.
final class Worker<File: ~Copyable, Work: Sendable>: Sendable {
    typealias Body = @Sendable (inout File, [Work]) -> Void

    private struct Slot: ~Copyable { var file: File? }
    private struct Mailbox {
        var work: [Work] = []
        var isClosed = false
    }

    private let thread: OwnerThread<Slot>
    private let mailbox: Shared
    private let body: Body
    private let capacity: Int
    private let end = Shutdown()

    private final class Shared: Sendable {
        let box = Mutex(Mailbox())
        let opened = DispatchSemaphore(value: 0)
        let failure = Mutex<(any Error)?>(nil)
    }

    /// Blocks until the file is open, so for the start of a process.
    ///
    /// - Throws: what `opening` throws, or `ThreadError`.
    init(
        name: String, capacity: Int, opening: @escaping @Sendable () throws -> File, body: @escaping Body
    ) throws {
        let shared = Shared()
        mailbox = shared
        self.body = body
        self.capacity = capacity
        thread = try OwnerThread(name: name, capacity: 8) {
            defer { shared.opened.signal() }
            do {
                return Slot(file: try opening())
            } catch {
                shared.failure.withLock { $0 = error }
                return Slot(file: nil)
            }
        }
        shared.opened.wait()
        if let error = shared.failure.withLock({ $0 }) {
            thread.close()
            throw error
        }
    }

    /// False when the mailbox is full or closed; the work is then dropped. From any thread; never blocks.
    func submit(_ work: Work) -> Bool {
        let (isAccepted, isFirst) = mailbox.box.withLock { box in
            guard !box.isClosed, box.work.count < capacity else { return (false, false) }
            box.work.append(work)
            return (true, box.work.count == 1)
        }
        // Whoever finds the mailbox empty asks for a round; at most two rounds ever wait in the thread.
        if isFirst { _ = thread.submit { [self] in round(&$0) } }
        return isAccepted
    }

    /// Work already accepted is still done; then the file is closed and the thread ends. Idempotent.
    func close() {
        mailbox.box.withLock { $0.isClosed = true }
        _ = thread.submit { [self] slot in
            round(&slot)
            slot.file = nil
            end.request()
        }
        thread.close()
    }

    /// Returns when the file is closed.
    func closed() async { await end.requested() }

    private func round(_ slot: inout Slot) {
        let work = mailbox.box.withLock { box in
            defer { box.work = [] }
            return box.work
        }
        guard !work.isEmpty, var file = slot.file.take() else { return }
        body(&file, work)
        slot.file = consume file
    }
}
