/// Puts requests together in the buffer of a connection: the header is made once, the body is a copy out of the pool.
struct RequestMaker {
    private let pool: TweetPool
    private let batch: Int
    private let ndjson: Bool
    private let ownIDs: Bool
    /// The request line and every header up to the number of `Content-Length`.
    private let header: [UInt8]
    private var body: [UInt8] = []
    private var next = 0
    private var random: SplitMix64

    init(_ settings: LoadSettings, _ target: HTTPTarget, pool: TweetPool, token: String?) {
        self.pool = pool
        batch = settings.batch
        ndjson = settings.ndjson
        ownIDs = settings.ownIDs
        // Not the numbers that made the tweets: ids should not repeat what the pool used up.
        random = SplitMix64(seed: ~settings.seed)
        let type = settings.ndjson ? "application/x-ndjson" : "application/json"
        let authorization = token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        header = Array(
            """
            POST \(target.path) HTTP/1.1\r
            Host: \(target.authority)\r
            Content-Type: \(type)\r
            \(authorization)Content-Length:\u{20}
            """.utf8)
    }

    /// Replaces `output` by the next request and `ids` by the ids that it brings.
    ///
    /// - Parameter milliseconds: the intended send time since 1970, which the ids carry.
    /// - Returns: the place of its first tweet in the pool.
    mutating func make(into output: inout [UInt8], ids: inout [TweetUUID], milliseconds: Int64) -> Int {
        let first = next
        body.removeAll(keepingCapacity: true)
        ids.removeAll(keepingCapacity: true)
        if batch > 1 && !ndjson { body.append(UInt8(ascii: "[")) }
        if ownIDs { appendWithIDs(&ids, milliseconds) } else { appendAsTheyStand() }
        if !ndjson { body.removeLast() }
        if batch > 1 && !ndjson { body.append(UInt8(ascii: "]")) }

        output.removeAll(keepingCapacity: true)
        output.append(contentsOf: header)
        appendNumber(body.count, to: &output)
        output.append(contentsOf: Self.headerEnd)
        output.append(contentsOf: body)
        return first
    }

    private static let headerEnd = Array("\r\n\r\n".utf8)

    private mutating func appendAsTheyStand() {
        var missing = batch
        while missing > 0 {
            let count = min(missing, pool.count - next)
            body.append(contentsOf: pool.bytes(of: next..<next + count))
            missing -= count
            next = next + count == pool.count ? 0 : next + count
        }
    }

    private mutating func appendWithIDs(_ ids: inout [TweetUUID], _ milliseconds: Int64) {
        for _ in 0..<batch {
            let id = TweetUUID(milliseconds: milliseconds, random: (random.next(), random.next()))
            ids.append(id)
            body.append(contentsOf: Self.idStart)
            id.append(to: &body)
            body.append(UInt8(ascii: "\""))
            let tweet = pool.bytes(of: next..<next + 1).dropFirst()
            if tweet.first != UInt8(ascii: "}") { body.append(UInt8(ascii: ",")) }
            body.append(contentsOf: tweet)
            next = next + 1 == pool.count ? 0 : next + 1
        }
    }

    private static let idStart = Array(#"{"id":""#.utf8)
}
