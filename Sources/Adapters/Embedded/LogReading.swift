import Pipeline
import SQLite
import Synchronization
import Tweets

/// The reader thread of a log: answers `receive`, at once or when the writer has stored something.
final class LogReading {
    private typealias Waiting = (from: Offset, upTo: Int, done: @Sendable (Reception) -> Void)

    private let file: LogReader
    private let shared: LogShared
    private var waiting: Waiting?

    init(file: LogReader, _ shared: LogShared) {
        self.file = file
        self.shared = shared
    }

    /// The log was closed: nothing more will come.
    deinit { waiting?.done(.closed) }

    func work(_ requests: [EmbeddedLog.Request]) {
        for request in requests {
            switch request {
            case .receive(let from, let upTo, let done):
                // Nothing is settled by this: a consumer reads ahead of what it has counted.
                waiting?.done(.unavailable("overruled by a newer receive"))
                waiting = (from, upTo, done)
            case .wake:
                break
            }
        }
        guard let request = waiting, let reception = serve(request) else { return }
        waiting = nil
        request.done(reception)
    }

    private enum Found {
        case nothing
        case beyond(Offset)
        case inMemory([(first: Int64, count: Int, batch: Batch)])
        case onDisk
    }

    /// Nil: nothing is there; the writer will wake us.
    private func serve(_ request: Waiting) -> Reception? {
        switch lookUp(request) {
        case .nothing: nil
        case .beyond(let next): .unavailable("offset \(request.from) lies behind the end of the log, \(next)")
        case .inMemory(let rows): delivery(rows, from: request.from)
        case .onDisk: readFromDisk(request)
        }
    }

    /// One lock decides between waiting and reading, so that no commit slips between.
    private func lookUp(_ request: Waiting) -> Found {
        shared.memory.withLock { memory in
            if request.from > memory.next { return .beyond(memory.next) }
            if request.from == memory.next {
                memory.isReaderWaiting = true
                return .nothing
            }
            guard let entries = memory.batches.from(request.from) else { return .onDisk }
            var rows: [(first: Int64, count: Int, batch: Batch)] = []
            var count = 0
            for entry in entries where count < request.upTo {
                rows.append((entry.key, entry.batch.count, entry.batch))
                count += entry.batch.count
            }
            return .inMemory(rows)
        }
    }

    private func readFromDisk(_ request: Waiting) -> Reception {
        do {
            let rows = try file.read(from: request.from, upTo: request.upTo)
            guard let first = rows.first?.first, first <= request.from else {
                let first = try file.firstOffset().map(String.init) ?? "nowhere"
                return .unavailable("offset \(request.from) is not in the log any more, which begins at \(first)")
            }
            return delivery(rows, from: request.from)
        } catch {
            return .unavailable(error.description)
        }
    }

    /// Cuts off what lies before `from`, which is nothing unless somebody asks for the middle of a batch.
    private func delivery(_ rows: [(first: Int64, count: Int, batch: Batch)], from: Offset) -> Reception {
        guard let last = rows.last else { return .unavailable("no rows") }
        var batches = rows.map { $0.batch }
        let skipped = Int(from - rows[0].first)
        if skipped > 0 {
            let kept = min(skipped, batches[0].count)
            let start = kept == 0 ? 0 : Int(batches[0].ends[kept - 1])
            batches[0] = Batch(lines: Array(batches[0].bytes[start...]))
        }
        let next = last.first + Int64(last.count)
        return .delivery(Delivery(batches: batches, first: from, next: next, tag: next))
    }
}
