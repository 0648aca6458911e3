/// What became of a request, in the words of the report and the ledger.
enum Outcome: String, CaseIterable, Sendable {
    /// 200: stored in both legs.
    case accepted
    /// 202: durable, but a leg's broker is away.
    case spooled
    /// 4xx: nothing of it was stored, and it is useless to send it again.
    case rejected
    /// 429, 503: nothing of it was stored; it may be sent again.
    case unavailable
    /// Stored or not: the answer says so, was lost, late or unreadable.
    case unknown

    var isStored: Bool { self == .accepted || self == .spooled }

    /// Its place in tables of counts.
    var index: Int {
        switch self {
        case .accepted: 0
        case .spooled: 1
        case .rejected: 2
        case .unavailable: 3
        case .unknown: 4
        }
    }
}

/// The ids that the gateway made for the accepted tweets of a request: `count` of them in a row.
struct MadeIDs: Equatable, Sendable {
    let first: TweetUUID
    let count: Int
}

/// The answer to one request, taken apart.
struct GatewayAnswer: Equatable, Sendable {
    var outcome: Outcome
    var made: MadeIDs?
    /// Places of the refused tweets of an array, ascending.
    var rejected: [Int] = []
    /// Why, where it is not stored: what the report counts by.
    var reason: String?

    /// Reads an answer. A 200 or 202 whose body is not exactly what the contract says is `unknown`: such an answer
    /// proves nothing.
    ///
    /// - Parameters:
    ///   - body: where the body lies in `bytes`.
    ///   - tweets: how many the request had.
    ///   - ownIDs: whether they brought their ids.
    static func read(status: Int, _ bytes: [UInt8], _ body: Range<Int>, tweets: Int, ownIDs: Bool) -> GatewayAnswer {
        switch status {
        case 200, 202:
            let outcome = status == 200 ? Outcome.accepted : .spooled
            if let answer = single(outcome, bytes, body, tweets: tweets, ownIDs: ownIDs) { return answer }
            do {
                return try stored(outcome, bytes, body, tweets: tweets, ownIDs: ownIDs)
            } catch {
                let place = error.offset - body.lowerBound
                return GatewayAnswer(outcome: .unknown, reason: "\(status) with an unreadable body (at \(place))")
            }
        case 429, 503:
            let problem = Problem.read(bytes, body)
            let outcome = problem.isUnknown ? Outcome.unknown : .unavailable
            return GatewayAnswer(outcome: outcome, reason: problem.reason(status))
        case 400..<500:
            let problem = Problem.read(bytes, body)
            return GatewayAnswer(outcome: problem.isUnknown ? .unknown : .rejected, reason: problem.reason(status))
        default:
            return GatewayAnswer(outcome: .unknown, reason: Problem.read(bytes, body).reason(status))
        }
    }

    private static let singlePrefix = Array(#"{"accepted":1,"id":""#.utf8)

    /// The answer to a single tweet as the gateway writes it, without the reader: this is the hot path of the closed
    /// loop.
    private static func single(
        _ outcome: Outcome, _ bytes: [UInt8], _ body: Range<Int>, tweets: Int, ownIDs: Bool
    ) -> GatewayAnswer? {
        let start = body.lowerBound + singlePrefix.count
        guard tweets == 1, body.count == singlePrefix.count + 38 else { return nil }
        for place in singlePrefix.indices where bytes[body.lowerBound + place] != singlePrefix[place] { return nil }
        guard let id = TweetUUID(bytes, at: start), bytes[start + 36] == UInt8(ascii: "\""),
            bytes[start + 37] == UInt8(ascii: "}")
        else { return nil }
        guard !ownIDs else { return id.version == 7 ? GatewayAnswer(outcome: outcome) : nil }
        return id.version == 8 ? GatewayAnswer(outcome: outcome, made: MadeIDs(first: id, count: 1)) : nil
    }

    private static func stored(
        _ outcome: Outcome, _ bytes: [UInt8], _ body: Range<Int>, tweets: Int, ownIDs: Bool
    ) throws(JSONFault) -> GatewayAnswer {
        var reader = JSONReader(bytes, body)
        var answer = GatewayAnswer(outcome: outcome)
        var accepted: Int?
        var hasOwnID = false
        try reader.object { (reader, name) throws(JSONFault) in
            if reader.isEqual(name, "accepted") {
                accepted = try reader.integer()
            } else if reader.isEqual(name, "id") {
                let id = try uuid(&reader)
                if id.version == 8 { answer.made = MadeIDs(first: id, count: 1) } else { hasOwnID = true }
            } else if reader.isEqual(name, "ids") {
                if try !reader.null() { answer.made = try range(&reader) }
            } else if reader.isEqual(name, "rejected") {
                answer.rejected = try rejected(&reader, tweets: tweets)
            } else {
                try reader.skip()
            }
        }
        try reader.finish()
        let expected = ownIDs ? 0 : tweets - answer.rejected.count
        guard accepted == tweets - answer.rejected.count else {
            throw reader.fault("accepted and rejected that add up")
        }
        guard (answer.made?.count ?? 0) == expected, ownIDs || !hasOwnID else {
            throw reader.fault("an id for each tweet")
        }
        return answer
    }

    private static func uuid(_ reader: inout JSONReader) throws(JSONFault) -> TweetUUID {
        let place = try reader.rawString()
        guard place.count == 36, let id = TweetUUID(reader.bytes, at: place.lowerBound) else {
            throw reader.fault("a UUID")
        }
        return id
    }

    private static func range(_ reader: inout JSONReader) throws(JSONFault) -> MadeIDs {
        var first: TweetUUID?
        var count = 0
        try reader.object { (reader, name) throws(JSONFault) in
            if reader.isEqual(name, "first") {
                first = try uuid(&reader)
            } else if reader.isEqual(name, "count") {
                count = try reader.integer()
            } else {
                try reader.skip()
            }
        }
        guard let first, first.version == 8, count > 0, first.sequence + UInt64(count) <= TweetUUID.sequenceMax else {
            throw reader.fault("a range of ids")
        }
        return MadeIDs(first: first, count: count)
    }

    private static func rejected(_ reader: inout JSONReader, tweets: Int) throws(JSONFault) -> [Int] {
        var indices = [Int]()
        try reader.array { (reader) throws(JSONFault) in
            var index: Int?
            try reader.object { (reader, name) throws(JSONFault) in
                if reader.isEqual(name, "index") { index = try reader.integer() } else { try reader.skip() }
            }
            guard let index, index < tweets, index > indices.last ?? -1 else { throw reader.fault("ascending places") }
            indices.append(index)
        }
        return indices
    }
}

/// What matters of a problem document (RFC 9457). One that cannot be read says nothing.
private struct Problem {
    var type: String?
    var title: String?
    var isUnknown = false

    static func read(_ bytes: [UInt8], _ body: Range<Int>) -> Problem {
        var problem = Problem()
        var reader = JSONReader(bytes, body)
        do {
            try reader.object { (reader, name) throws(JSONFault) in
                if reader.isEqual(name, "type"), reader.peek() == UInt8(ascii: "\"") {
                    problem.type = try reader.string()
                } else if reader.isEqual(name, "title"), reader.peek() == UInt8(ascii: "\"") {
                    problem.title = try reader.string()
                } else if reader.isEqual(name, "outcome"), reader.peek() == UInt8(ascii: "\"") {
                    let place = try reader.rawString()
                    problem.isUnknown = reader.isEqual(place, "unknown")
                } else {
                    try reader.skip()
                }
            }
        } catch {
            // Cut off in the middle: what was read of it counts, because an `unknown` must not be overlooked.
        }
        return problem
    }

    func reason(_ status: Int) -> String {
        let name = type.flatMap { $0 == "about:blank" ? nil : $0 } ?? title
        return name.map { "\(status) \($0)" } ?? "\(status)"
    }
}
