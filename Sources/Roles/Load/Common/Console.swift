import Glibc

/// Where a command of this room writes: the report to `report`, everything on the way there to `progress`.
package struct Console: Sendable {
    package var report: @Sendable (String) -> Void
    package var progress: @Sendable (String) -> Void
    /// Whether progress may rewrite its line.
    package var isTerminal: Bool

    package init(
        isTerminal: Bool, report: @escaping @Sendable (String) -> Void, progress: @escaping @Sendable (String) -> Void
    ) {
        (self.isTerminal, self.report, self.progress) = (isTerminal, report, progress)
    }

    /// Standard output and standard error of the process.
    package static var standard: Console {
        Console(
            isTerminal: isatty(STDERR_FILENO) == 1,
            report: { writeAll(Array($0.utf8), to: STDOUT_FILENO) },
            progress: { writeAll(Array($0.utf8), to: STDERR_FILENO) })
    }
}

/// Writes everything; false when the file does not take it (errno tells why).
@discardableResult
func writeAll(_ bytes: [UInt8], to descriptor: CInt) -> Bool {
    var done = 0
    while done < bytes.count {
        let count = unsafe bytes.withUnsafeBytes { buffer in
            unsafe write(descriptor, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done)
        }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        done += count
    }
    return true
}

/// A whole file; nil when it cannot be read or is larger than `bytesMax`.
func readFile(_ path: String, bytesMax: Int) -> [UInt8]? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var content = [UInt8]()
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = unsafe piece.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count >= 0, content.count + count <= bytesMax else { return nil }
        if count == 0 { return content }
        content += piece[..<count]
    }
}
