/// A thread that calls a closure again and again: for deadlines and sweeps.
package final class Ticker: Sendable {
    private let thread: BatchThread<Void, Never>

    /// - Parameters:
    ///   - name: at most 15 bytes, see `startThread`.
    ///   - interval: the pause between two calls. A slow call delays the next one; none pile up.
    ///   - tick: called on the thread, the first time after one interval.
    package init(name: String, every interval: Duration, tick: @escaping @Sendable () -> Void) throws(ThreadError) {
        precondition(interval > .zero, "a ticker without a pause is a busy loop")
        thread = try BatchThread(name: name, capacity: 1, idle: interval, open: {}, body: { _, _ in tick() })
    }

    /// No call begins after the one that may be running now. Idempotent.
    package func stop() { thread.close() }

    /// Returns when the last call has returned, or when the task is cancelled.
    package func stopped() async { await thread.closed() }
}
