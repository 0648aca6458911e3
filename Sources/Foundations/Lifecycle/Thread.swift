import CLinux
import Glibc

/// `pthread_create` refused: the system is out of threads or memory.
package struct ThreadError: Error, Hashable { package let errno: CInt }

/// Starts a thread that nobody joins.
///
/// - Parameters:
///   - name: what `ps -L`, `top -H` and the debugger show; at most 15 bytes, or the kernel would refuse it.
///   - body: the thread ends when it returns.
package func startThread(name: String, _ body: @escaping @Sendable () -> Void) throws(ThreadError) {
    precondition(name.utf8.count <= 15, "the name of a thread has at most 15 bytes")
    let start = unsafe Unmanaged.passRetained(Start(name: name, body: body))  // balanced in `threadEntry`
    var thread = pthread_t()
    let rc = unsafe pthread_create(&thread, nil, threadEntry, start.toOpaque())
    guard rc == 0 else {
        unsafe start.release()
        throw ThreadError(errno: rc)
    }
    pthread_detach(thread)
}

private final class Start: Sendable {
    let name: String
    let body: @Sendable () -> Void
    init(name: String, body: @escaping @Sendable () -> Void) { (self.name, self.body) = (name, body) }
}

/// Balances `passRetained` in `startThread`.
private func threadEntry(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument = unsafe argument else { return nil }
    let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
    unsafe pthread_setname_np(pthread_self(), start.name)
    start.body()
    return nil
}
