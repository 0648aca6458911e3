import ReaderBenchShim
import Tweets

/// Who reads.
enum Contestant: String, CaseIterable {
    case ours = "ours, body to canonical batch"
    case onDemand = "simdjson On Demand, fields"
    case dom = "simdjson DOM, fields"
    case columns = "ours, batch to columns"
    case lines = "ours, bytes to batch (lines)"
}

/// One corpus with the storage that is reused between rounds, as a server reuses it.
struct Contest {
    let corpus: Corpus
    private(set) var canonical = Batch()
    private var batch = Batch()

    init(_ corpus: Corpus) {
        self.corpus = corpus
        var ids = IDMaker(session: 0x1234_5678)
        for index in corpus.starts.indices { _ = Self.read(corpus, index, &ids, into: &canonical) }
    }

    /// - Returns: how many tweets were read.
    mutating func run(_ contestant: Contestant) -> Int {
        switch contestant {
        case .ours: return readBodies()
        case .onDemand: return unsafe readForeign(simdjson_ondemand)
        case .dom: return unsafe readForeign(simdjson_dom)
        case .columns:
            var columns = Columns()
            TweetReader().columns(of: canonical, into: &columns) { _, _ in }
            return columns.count
        case .lines: return Batch(lines: canonical.bytes).count
        }
    }

    private mutating func readBodies() -> Int {
        var ids = IDMaker(session: 0x1234_5678)
        var tweets = 0
        for index in corpus.starts.indices {
            batch.truncate(to: 0)
            tweets += Self.read(corpus, index, &ids, into: &batch)
        }
        return tweets
    }

    private static func read(_ corpus: Corpus, _ index: Int, _ ids: inout IDMaker, into batch: inout Batch) -> Int {
        let start = corpus.starts[index]
        let body = corpus.bytes.span.extracting(start..<start + corpus.lengths[index])
        return switch TweetReader().read(body, acceptedAt: 1_790_000_000_000, ids: &ids, into: &batch) {
        case .single: 1
        case .many(let count, _, _): count
        case .refused(let error): preconditionFailure("refused: \(error)")
        }
    }

    private typealias Foreign = (
        UnsafePointer<UInt8>?, UnsafePointer<Int>?, UnsafePointer<Int>?, Int, UnsafeMutablePointer<Int>?
    ) -> Int

    private func readForeign(_ read: Foreign) -> Int {
        var sum = 0
        return unsafe corpus.bytes.withUnsafeBufferPointer { bytes in
            unsafe corpus.starts.withUnsafeBufferPointer { starts in
                unsafe corpus.lengths.withUnsafeBufferPointer { lengths in
                    unsafe read(bytes.baseAddress, starts.baseAddress, lengths.baseAddress, starts.count, &sum)
                }
            }
        }
    }
}
