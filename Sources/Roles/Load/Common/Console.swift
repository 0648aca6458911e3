import Glibc
import Lifecycle

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
            report: { ProcessFiles.write($0) },
            progress: { ProcessFiles.write($0, toErrors: true) })
    }
}
