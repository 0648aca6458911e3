import Glibc

/// The folder in which the embedded parts keep their files; held by one process at a time.
///
/// The lock is the kernel's and ends with the process, however it ends. Hold the object as long as the files are open.
package final class DataFolder: Sendable {
    package let path: String
    private let lock: CInt

    package var kafkaLog: String { path + "/kafka-log.db" }
    package var rabbitmqQueue: String { path + "/rabbitmq-queue.db" }
    package var redisCounts: String { path + "/redis-counts.db" }
    package var valkeyCounts: String { path + "/valkey-counts.db" }

    /// Makes the folder (and those above it) with mode 0700 when it is absent, and locks it.
    ///
    /// - Throws: `StorageError`, one line: who uses it, or why it cannot be written.
    package init(path: String) throws(StorageError) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        try Self.make(self.path)
        let file = self.path + "/lock"
        lock = unsafe open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw StorageError("\(file): \(errorText())") }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            // From here on `deinit` closes it: it runs when an initializer throws with everything set.
            let reason = errno == EWOULDBLOCK ? "in use by process \(Self.readOwner(lock))" : errorText()
            throw StorageError("\(self.path): \(reason)")
        }
        guard Self.writeOwner(lock) else {
            throw StorageError("\(self.path): cannot be written: \(errorText())")
        }
    }

    deinit { close(lock) }

    /// Says in the folder that the counts of a leg are not in their file but elsewhere (nil: in their file), so that
    /// whoever reads the folder does not take an old file for them.
    ///
    /// - Parameter file: `redisCounts` or `valkeyCounts`.
    package func mark(_ file: String, elsewhere place: String?) throws(StorageError) {
        let mark = file + ".elsewhere"
        guard let place else {
            guard unsafe unlink(mark) == 0 || errno == ENOENT else { throw StorageError("\(mark): \(errorText())") }
            return
        }
        let note = unsafe open(mark, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard note >= 0 else { throw StorageError("\(mark): \(errorText())") }
        defer { close(note) }
        let text = Array((place + "\n").utf8)
        let count = unsafe text.withUnsafeBytes { unsafe write(note, $0.baseAddress, $0.count) }
        guard count == text.count else { throw StorageError("\(mark): \(errorText())") }
    }

    private static func make(_ path: String) throws(StorageError) {
        if unsafe mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw StorageError("\(path): \(errorText())")
        }
        try make(String(path[..<slash]))
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { throw StorageError("\(path): \(errorText())") }
    }

    private static func writeOwner(_ lock: CInt) -> Bool {
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(lock, 0) == 0 else { return false }
        return unsafe text.withUnsafeBytes { unsafe pwrite(lock, $0.baseAddress, $0.count, 0) } == text.count
    }

    private static func readOwner(_ lock: CInt) -> String {
        var text = [UInt8](repeating: 0, count: 20)
        let count = unsafe text.withUnsafeMutableBytes { unsafe pread(lock, $0.baseAddress, $0.count, 0) }
        let digits = text.prefix(max(0, count)).prefix { (48...57).contains($0) }
        return digits.isEmpty ? "(unknown)" : String(decoding: digits, as: UTF8.self)
    }
}

private func errorText() -> String { unsafe String(cString: strerror(errno)) }
