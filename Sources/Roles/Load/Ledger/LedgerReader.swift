import Glibc

/// One line of a ledger, read.
struct LedgerRecord: Equatable {
    var outcome = Outcome.unknown
    /// Milliseconds since 1970.
    var at = 0
    var made: MadeIDs?
    var ids: [TweetUUID] = []
    var rejected: [Int] = []
    /// Numbers by `CountryCodes` and `WeatherCodes`, -1 where the ledger has a question mark; as many as the request
    /// had tweets.
    var countries: [Int] = []
    var weathers: [Int] = []
}

enum LedgerLine: Equatable {
    case begin
    /// Says how many requests the run wrote.
    case end(requests: Int)
    case request(LedgerRecord)
}

/// Why a ledger cannot be used.
struct LedgerError: Error, Equatable, CustomStringConvertible {
    let path: String
    let line: Int
    let problem: String
    var description: String { line == 0 ? "\(path): \(problem)" : "\(path):\(line): \(problem)" }
}

/// Reads a ledger line by line, in pieces of 1 MiB.
enum LedgerReader {
    /// What a line may be long: 10,000 tweets with their own ids, and as much again.
    static let lineBytesMax = 1 << 20

    static func read(_ path: String, _ body: (LedgerLine) -> Void) throws(LedgerError) {
        guard let file = File(reading: path) else {
            throw LedgerError(path: path, line: 0, problem: "\(SocketError(errno: errno))")
        }
        defer { file.close() }
        var buffer = [UInt8](repeating: 0, count: 2 * lineBytesMax)
        var (filled, number) = (0, 0)
        while true {
            guard let count = file.read(into: &buffer, at: filled) else {
                throw LedgerError(path: path, line: number, problem: "\(SocketError(errno: errno))")
            }
            filled += count
            let used = try readLines(buffer, filled, &number, path, body)
            // A line without its end was cut off when its writer died: the ledger does not say what became of that
            // request.
            if count == 0 {
                guard used == filled else {
                    throw LedgerError(path: path, line: number + 1, problem: "the line is cut off")
                }
                return
            }
            guard filled - used <= lineBytesMax else {
                throw LedgerError(path: path, line: number + 1, problem: "line too long")
            }
            for offset in 0..<filled - used { buffer[offset] = buffer[used + offset] }
            filled -= used
        }
    }

    /// Reads the complete lines; how many bytes they were.
    private static func readLines(
        _ buffer: [UInt8], _ count: Int, _ number: inout Int, _ path: String, _ body: (LedgerLine) -> Void
    ) throws(LedgerError) -> Int {
        var start = 0
        for place in 0..<count where buffer[place] == 10 {
            number += 1
            do {
                body(try parse(buffer, start..<place))
            } catch {
                throw LedgerError(
                    path: path, line: number, problem: "expected \(error.expected) at byte \(error.offset - start)")
            }
            start = place + 1
        }
        return start
    }

    static func parse(_ bytes: [UInt8], _ range: Range<Int>) throws(JSONFault) -> LedgerLine {
        var reader = JSONReader(bytes, range)
        var record = LedgerRecord()
        var (run, first): (Range<Int>?, TweetUUID?) = (nil, nil)
        var (count, requests, version): (Int?, Int?, Int?) = (nil, nil, nil)
        var hasOutcome = false
        try reader.object { (reader, name) throws(JSONFault) in
            if reader.isEqual(name, "outcome") {
                record.outcome = try outcome(&reader)
                hasOutcome = true
            } else if reader.isEqual(name, "at") {
                record.at = try reader.integer()
            } else if reader.isEqual(name, "first") {
                first = try uuid(&reader)
            } else if reader.isEqual(name, "count") {
                count = try reader.integer()
            } else if reader.isEqual(name, "ids") {
                try reader.array { (reader) throws(JSONFault) in record.ids.append(try uuid(&reader)) }
            } else if reader.isEqual(name, "rejected") {
                try reader.array { (reader) throws(JSONFault) in record.rejected.append(try reader.integer()) }
            } else if reader.isEqual(name, "countries") {
                record.countries = try countries(&reader)
            } else if reader.isEqual(name, "weathers") {
                record.weathers = reader.bytes[try reader.rawString()].map { WeatherCodes.number(ofLetter: $0) ?? -1 }
            } else if reader.isEqual(name, "run") {
                run = try reader.rawString()
            } else if reader.isEqual(name, "requests") {
                requests = try reader.integer()
            } else if reader.isEqual(name, "version") {
                version = try reader.integer()
            } else {
                try reader.skip()
            }
        }
        try reader.finish()
        if let run {
            if reader.isEqual(run, "begin"), version == Ledger.version { return .begin }
            guard reader.isEqual(run, "end"), let requests else { throw reader.fault("a run of a known version") }
            return .end(requests: requests)
        }
        guard hasOutcome else { throw reader.fault("an outcome") }
        if let first, let count { record.made = MadeIDs(first: first, count: count) }
        guard isSound(record) else { throw reader.fault("members that fit each other") }
        return .request(record)
    }

    /// A ledger that contradicts itself proves nothing.
    private static func isSound(_ record: LedgerRecord) -> Bool {
        let tweets = record.countries.count
        guard tweets > 0, record.weathers.count == tweets, record.ids.isEmpty || record.ids.count == tweets else {
            return false
        }
        guard record.rejected.allSatisfy({ 0 <= $0 && $0 < tweets }),
            Set(record.rejected).count == record.rejected.count
        else {
            return false
        }
        guard let made = record.made else {
            return !record.outcome.isStored || !record.ids.isEmpty || record.rejected.count == tweets
        }
        guard record.outcome.isStored, record.ids.isEmpty, made.first.version == 8 else { return false }
        return made.count == tweets - record.rejected.count
            && made.first.sequence + UInt64(made.count) <= TweetUUID.sequenceMax
    }

    private static func outcome(_ reader: inout JSONReader) throws(JSONFault) -> Outcome {
        let place = try reader.rawString()
        for outcome in Outcome.allCases where reader.isEqual(place, outcome.rawValue) { return outcome }
        throw reader.fault("a known outcome")
    }

    private static func uuid(_ reader: inout JSONReader) throws(JSONFault) -> TweetUUID {
        let place = try reader.rawString()
        guard place.count == 36, let id = TweetUUID(reader.bytes, at: place.lowerBound) else {
            throw reader.fault("a UUID")
        }
        return id
    }

    private static func countries(_ reader: inout JSONReader) throws(JSONFault) -> [Int] {
        let place = try reader.rawString()
        guard place.count % 2 == 0 else { throw reader.fault("pairs of letters") }
        return stride(from: place.lowerBound, to: place.upperBound, by: 2).map {
            CountryCodes.number(of: reader.bytes[$0], reader.bytes[$0 + 1]) ?? -1
        }
    }
}
