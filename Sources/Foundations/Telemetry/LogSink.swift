import Glibc
import Synchronization

/// Where lines go: one `write(2)` a line, so lines of several threads do not mix. From any thread.
package final class LogSink: Sendable {
    package let minimum: Log.Level
    private let format: Log.Format
    private let clock: @Sendable () -> WallTime
    private let output: @Sendable ([UInt8]) -> Void

    /// A warning that was written and may have been repeated since. At most one a warning in the source, so bounded.
    private struct Repeated {
        var writtenAt: WallTime
        var suppressed = 0
    }
    private let warnings = Mutex<[String: Repeated]>([:])

    /// - Parameters:
    ///   - minimum: what is below costs a comparison.
    ///   - output: takes a whole line with its newline; called from the thread that logs.
    package init(
        minimum: Log.Level, format: Log.Format, clock: @escaping @Sendable () -> WallTime = WallTime.now,
        output: @escaping @Sendable ([UInt8]) -> Void = LogSink.standardError
    ) {
        self.minimum = minimum
        self.format = format
        self.clock = clock
        self.output = output
    }

    /// To standard error: text when that is a terminal, JSON elsewhere.
    /// - Parameter format: what the operator chose, which wins.
    package static func automatic(minimum: Log.Level = .info, format: Log.Format? = nil) -> LogSink {
        LogSink(minimum: minimum, format: format ?? (isatty(STDERR_FILENO) == 1 ? .text : .json))
    }

    /// Writes one line; what cannot be written is lost, because a log must not stop the work.
    package static let standardError: @Sendable ([UInt8]) -> Void = { line in
        unsafe line.withUnsafeBytes { bytes in
            var rest = unsafe bytes[...]
            while unsafe !rest.isEmpty {
                let written = unsafe Glibc.write(
                    STDERR_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if written > 0 {
                    unsafe rest = rest.dropFirst(written)
                } else if errno != EINTR {
                    return
                }
            }
        }
    }

    func write(_ level: Log.Level, _ component: StaticString, _ event: StaticString, _ fields: () -> Log.Fields) {
        let now = clock()
        var suppressed = 0
        if level == .warning {
            guard let count = suppressedBefore("\(component) \(event)", now) else { return }
            suppressed = count
        }
        var line = LogLine(format: format)
        line.begin(now, level, component, event)
        for (key, value) in fields() { line.append(key, value) }
        if suppressed > 0 { line.append("suppressed", .int(suppressed)) }
        output(line.finished())
    }

    /// One line a second per warning. Nil: not this one; otherwise how many were left out before it.
    private func suppressedBefore(_ warning: String, _ now: WallTime) -> Int? {
        warnings.withLock { warnings in
            guard let last = warnings[warning] else {
                warnings[warning] = Repeated(writtenAt: now)
                return 0
            }
            // A clock that was set back must not silence a warning for ever.
            let age = now.milliseconds - last.writtenAt.milliseconds
            if age >= 0, age < 1000 {
                warnings[warning]?.suppressed += 1
                return nil
            }
            warnings[warning] = Repeated(writtenAt: now)
            return last.suppressed
        }
    }
}
