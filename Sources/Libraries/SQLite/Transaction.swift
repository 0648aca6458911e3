/// Why a transaction is not there.
package struct TransactionError: Error, Sendable, CustomStringConvertible {
    package let cause: SQLiteError
    /// The commit failed in a way that may yet leave it on disk (a sync that failed): after a crash it may be there.
    package let isInDoubt: Bool

    package init(cause: SQLiteError, isInDoubt: Bool) { (self.cause, self.isInDoubt) = (cause, isInDoubt) }

    package var description: String { isInDoubt ? "\(cause), in doubt" : cause.description }
}

extension Connection {
    /// Runs `body` in a write transaction; when it throws, nothing of it stays.
    ///
    /// The lock is taken at the beginning (`IMMEDIATE`), so that no statement in it finds the file busy.
    package func transaction<R>(_ body: () throws(SQLiteError) -> R) throws(TransactionError) -> R {
        let result: R
        do {
            try execute("BEGIN IMMEDIATE")
            result = try body()
        } catch {
            rollBack()
            throw TransactionError(cause: error, isInDoubt: false)
        }
        do {
            try execute("COMMIT")
        } catch {
            rollBack()
            // A full disk and a lock end a commit before its last frame is written. After any other error the frames
            // may be in the file: SQLite does not count them, but its recovery after a crash would.
            let isSure = error.code.primary == .full || error.code.primary == .busy
            throw TransactionError(cause: error, isInDoubt: !isSure)
        }
        return result
    }

    /// Some errors have rolled back already, others have not.
    private func rollBack() {
        guard !isOutsideTransaction else { return }
        // When even this fails the next BEGIN does too, and its caller hears of it.
        try? execute("ROLLBACK")
    }
}
