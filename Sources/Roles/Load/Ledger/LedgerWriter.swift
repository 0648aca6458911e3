import Glibc

/// Writes a ledger: a line a request, through a large buffer. Owner: the run; `close` writes what is left.
struct LedgerWriter {
    /// 1 MiB between two writes, or a second, whichever comes first.
    static let bufferBytes = 1 << 20

    private let file: File
    private var buffer: [UInt8] = []
    private var requests = 0
    /// The errno of a write that failed; from then on nothing more is written, and the run should end.
    private(set) var failure: CInt?

    /// Appends to `path`, which is made with mode 0600 when it is absent; nil with errno when it cannot be opened.
    init?(path: String) {
        guard let file = File(appendingTo: path) else { return nil }
        self.file = file
        buffer.reserveCapacity(Self.bufferBytes + (1 << 16))
    }

    mutating func begin(milliseconds: Int64, target: String, seed: UInt64, batch: Int, ownIDs: Bool) {
        var line = JSONObjectText()
        line.add("run", "begin")
        line.add("version", Ledger.version)
        line.add("at", Int(milliseconds))
        line.add("target", target)
        line.add("seed", String(seed))
        line.add("batch", batch)
        line.add("own_ids", ownIDs)
        buffer += line.finished + [10]
        flush()
    }

    mutating func end(milliseconds: Int64) {
        buffer += #"{"run":"end","at":\#(milliseconds),"requests":\#(requests)}"#.utf8
        buffer.append(10)
        flush()
    }

    /// - Parameters:
    ///   - milliseconds: the intended send time since 1970.
    ///   - tweets: places in the pool, modulo its size.
    mutating func append(
        _ answer: GatewayAnswer, status: Int, milliseconds: Int64, _ request: LoadRequest, _ pool: TweetPool,
        tweets: Int
    ) {
        requests += 1
        buffer += #"{"outcome":""#.utf8
        buffer += answer.outcome.rawValue.utf8
        buffer += #"","status":"#.utf8
        appendNumber(status, to: &buffer)
        buffer += #","attempts":"#.utf8
        appendNumber(request.attempts, to: &buffer)
        buffer += #","at":"#.utf8
        appendNumber(Int(max(0, milliseconds)), to: &buffer)
        if let made = answer.made {
            buffer += #","first":""#.utf8
            made.first.append(to: &buffer)
            buffer += #"","count":"#.utf8
            appendNumber(made.count, to: &buffer)
        }
        append(request.ids)
        if !answer.rejected.isEmpty {
            buffer += #","rejected":["#.utf8
            for (place, index) in answer.rejected.enumerated() {
                if place > 0 { buffer.append(UInt8(ascii: ",")) }
                appendNumber(index, to: &buffer)
            }
            buffer += "]".utf8
        }
        append(request.firstTweet, tweets, pool)
        if buffer.count >= Self.bufferBytes { flush() }
    }

    private mutating func append(_ ids: [TweetUUID]) {
        guard !ids.isEmpty else { return }
        buffer += #","ids":["#.utf8
        for (place, id) in ids.enumerated() {
            if place > 0 { buffer.append(UInt8(ascii: ",")) }
            buffer.append(UInt8(ascii: "\""))
            id.append(to: &buffer)
            buffer.append(UInt8(ascii: "\""))
        }
        buffer += "]".utf8
    }

    private mutating func append(_ first: Int, _ count: Int, _ pool: TweetPool) {
        buffer += #","countries":""#.utf8
        forEachPiece(first, count, pool.count) { piece, buffer in
            buffer.append(contentsOf: pool.countries[piece.lowerBound * 2..<piece.upperBound * 2])
        }
        buffer += #"","weathers":""#.utf8
        forEachPiece(first, count, pool.count) { piece, buffer in buffer.append(contentsOf: pool.weathers[piece]) }
        buffer += "\"}\n".utf8
    }

    /// The tweets of a request are neighbours in the pool, which begins again behind its end.
    private mutating func forEachPiece(
        _ first: Int, _ count: Int, _ size: Int, _ body: (Range<Int>, inout [UInt8]) -> Void
    ) {
        var (start, missing) = (first, count)
        while missing > 0 {
            let piece = start..<min(size, start + missing)
            body(piece, &buffer)
            missing -= piece.count
            start = 0
        }
    }

    /// Hands everything to the kernel.
    mutating func flush() {
        defer { buffer.removeAll(keepingCapacity: true) }
        guard failure == nil, !buffer.isEmpty else { return }
        if !file.write(buffer) { failure = errno }
    }

    mutating func close() {
        flush()
        if !file.close(), failure == nil { failure = errno }
    }
}

/// What a ledger's lines share.
enum Ledger {
    static let version = 1
}
