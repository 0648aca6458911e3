import Pipeline
import RESP
import Tweets

/// As many tweets of a batch as one script counts, and what is known of them: which are new, which were seen.
///
/// Everything that can be prepared here is: the server gets finished bit masks and sums, and does a few bulk commands
/// whatever the number of tweets. It compares what we believe was seen with what is so; when we are wrong it writes
/// nothing and says what is so, and we sum again.
struct Portion {
    /// Ids of ours whose bits lie close together in one block.
    private struct Run {
        let session: UInt64
        let block: UInt64
        /// In the block.
        let firstByte: Int
        var lastByte: Int
        /// In `order`.
        var members: Range<Int>
        /// The bits among ours that are set at the server, from `firstByte` on; empty when none is.
        var seen: [UInt8] = []

        var byteCount: Int { lastByte - firstByte + 1 }
    }

    /// Ids that clients brought, of one minute.
    private struct Bucket {
        let minute: Int64
        var members: Range<Int>
        /// `0` or `1` for each.
        var seen: [UInt8] = []
    }

    private let columns: Columns
    private let indices: Range<Int>
    /// Indices of distinct tweets in the order of runs and buckets.
    private var order: [Int] = []
    private var runs: [Run] = []
    private var buckets: [Bucket] = []
    /// By index, from the first of `indices`: not seen before, as far as we know. A repetition within the portion
    /// never is.
    private(set) var isNew: [Bool]

    /// Larger holes between bits begin a new run, so that few bytes are read and written for nothing.
    private static let holeMax = 32
    private static let blockShift: UInt64 = 17
    private static let keyCount = 7

    init(_ columns: Columns, _ indices: Range<Int>) {
        self.columns = columns
        self.indices = indices
        isNew = Array(repeating: false, count: indices.count)
        order.reserveCapacity(indices.count)
        addOurs()
        addClients()
        for index in order { isNew[index - indices.lowerBound] = true }
    }

    /// How many are new, as far as we know.
    var newCount: Int { isNew.count { $0 } }

    // MARK: taking apart

    private mutating func addOurs() {
        func isBefore(_ a: TweetID, _ b: TweetID) -> Bool { (a.session, a.sequence) < (b.session, b.sequence) }
        for index in sorted(isOurs: true, isBefore) {
            let id = columns.ids[index]
            if order.last.map({ columns.ids[$0] == id }) ?? false { continue }
            let byte = Int(id.sequence >> 3) & 0x3fff
            let block = id.sequence >> Self.blockShift
            if let run = runs.last, run.session == id.session, run.block == block, byte - run.lastByte <= Self.holeMax {
                runs[runs.count - 1].lastByte = byte
            } else {
                runs.append(
                    Run(
                        session: id.session, block: block, firstByte: byte, lastByte: byte,
                        members: order.count..<order.count))
            }
            order.append(index)
            runs[runs.count - 1].members = runs[runs.count - 1].members.lowerBound..<order.count
        }
    }

    private mutating func addClients() {
        func isBefore(_ a: TweetID, _ b: TweetID) -> Bool { (a.high, a.low) < (b.high, b.low) }
        for index in sorted(isOurs: false, isBefore) {
            let id = columns.ids[index]
            if order.last.map({ columns.ids[$0] == id }) ?? false { continue }
            let minute = id.clientMilliseconds / 60_000
            if buckets.last?.minute != minute {
                buckets.append(Bucket(minute: minute, members: order.count..<order.count))
            }
            order.append(index)
            buckets[buckets.count - 1].members = buckets[buckets.count - 1].members.lowerBound..<order.count
        }
        for bucket in buckets.indices {
            buckets[bucket].seen = Array(repeating: UInt8(ascii: "0"), count: buckets[bucket].members.count)
        }
    }

    /// Of equal ids the first one stays the first.
    private func sorted(isOurs: Bool, _ isBefore: (TweetID, TweetID) -> Bool) -> [Int] {
        let mine = indices.filter { columns.ids[$0].isOurs == isOurs }
        // Our ids come in their order, but for retries.
        if zip(mine, mine.dropFirst()).allSatisfy({ !isBefore(columns.ids[$1], columns.ids[$0]) }) { return mine }
        return mine.sorted { a, b in
            if isBefore(columns.ids[a], columns.ids[b]) { return true }
            return columns.ids[a] == columns.ids[b] && a < b
        }
    }

    // MARK: to the server

    /// The call of `CountScript`.
    ///
    /// - Parameters:
    ///   - script: its name at the server.
    ///   - first: the offset that is compared; nil: none.
    ///   - next: the offset that is set; nil: it stays.
    ///   - recent: the last tweets, put down whether or not something of this portion is new.
    func command(
        script: String, first: Offset?, next: Offset?, recent: [[UInt8]], expiry: Duration
    ) -> Command {
        var command = Command("EVALSHA", script)
        command.add(Self.keyCount + runs.count + buckets.count)
        for key in [
            Keys.total, Keys.offset, Keys.fingerprint, Keys.countries, Keys.weather, Keys.minutes, Keys.recent,
        ] {
            command.add(key)
        }
        for run in runs { command.add(Keys.seen(session: run.session, block: run.block)) }
        for bucket in buckets { command.add(Keys.ids(minute: bucket.minute)) }
        command.add(first.map(String.init) ?? "")
        command.add(next.map(String.init) ?? "")
        command.add(max(1, expiry.components.seconds))
        command.add(recent.count)
        for line in recent { command.add(line) }
        command.add(runs.count)
        command.add(buckets.count)
        for run in runs {
            command.add(run.firstByte)
            command.add(bits(of: run))
            command.add(run.seen)
        }
        for bucket in buckets {
            command.add(bytes(of: bucket))
            command.add(bucket.seen)
        }
        addSums(to: &command)
        return command
    }

    private func bits(of run: Run) -> [UInt8] {
        var bits = [UInt8](repeating: 0, count: run.byteCount)
        for index in order[run.members] where isNew[index - indices.lowerBound] {
            let (byte, mask) = Self.place(columns.ids[index].sequence)
            bits[byte - run.firstByte] |= mask
        }
        return bits
    }

    private static func place(_ sequence: UInt64) -> (byte: Int, mask: UInt8) {
        (Int(sequence >> 3) & 0x3fff, 0x80 >> UInt8(truncatingIfNeeded: sequence & 7))
    }

    private func bytes(of bucket: Bucket) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16 * bucket.members.count)
        for index in order[bucket.members] {
            for half in [columns.ids[index].high, columns.ids[index].low] {
                for shift in stride(from: 56, through: 0, by: -8) {
                    bytes.append(UInt8(truncatingIfNeeded: half >> UInt64(shift)))
                }
            }
        }
        return bytes
    }

    private func addSums(to command: inout Command) {
        var sums = Sums()
        for (place, index) in indices.enumerated() where isNew[place] { sums.add(columns, index) }
        sums.finish()
        command.add(sums.count)
        // By halves: the numbers of Lua are exact up to 2^53 only.
        command.add(sums.fingerprint >> 32)
        command.add(sums.fingerprint & 0xffff_ffff)
        let countries = sums.countries.enumerated().filter { $0.element > 0 }
        command.add(countries.count)
        for (index, count) in countries {
            command.add(UInt8(exactly: index).flatMap(Country.init(index:))?.alpha2 ?? "")
            command.add(count)
        }
        command.add(Weather.allCases.count)
        for weather in Weather.allCases {
            command.add(weather.name.description)
            command.add(sums.weather[Int(weather.rawValue)])
        }
        command.add(sums.minutes.count)
        for (minute, count) in sums.minutes {
            command.add(minute)
            command.add(count)
        }
    }

    // MARK: from the server

    /// The server knows otherwise: for each run and then each bucket what of it was seen. False: it does not fit.
    mutating func learn(_ found: [Reply]) -> Bool {
        guard found.count == runs.count + buckets.count else { return false }
        for (place, reply) in found.enumerated() {
            guard case .bytes(let bytes) = reply else { return false }
            if place < runs.count {
                guard learn(bytes, run: place) else { return false }
            } else if !learn(bytes, bucket: place - runs.count) {
                return false
            }
        }
        return true
    }

    private mutating func learn(_ bits: [UInt8], run place: Int) -> Bool {
        let run = runs[place]
        guard bits.count <= run.byteCount else { return false }
        // What lies behind the end of the server's bitmap is 0.
        let seen = bits + Array(repeating: 0, count: run.byteCount - bits.count)
        for index in order[run.members] {
            let (byte, mask) = Self.place(columns.ids[index].sequence)
            isNew[index - indices.lowerBound] = seen[byte - run.firstByte] & mask == 0
        }
        runs[place].seen = seen.allSatisfy { $0 == 0 } ? [] : seen
        return true
    }

    private mutating func learn(_ flags: [UInt8], bucket place: Int) -> Bool {
        guard flags.count == buckets[place].members.count else { return false }
        for (index, flag) in zip(order[buckets[place].members], flags) {
            isNew[index - indices.lowerBound] = flag == UInt8(ascii: "0")
        }
        buckets[place].seen = flags
        return true
    }
}

/// The counts of some tweets, added up.
private struct Sums {
    var count = 0
    var fingerprint: UInt64 = 0
    var countries = [Int](repeating: 0, count: Country.count)
    var weather = [Int](repeating: 0, count: Weather.allCases.count)
    var minutes: [Int64: Int] = [:]
    /// The tweets of a batch were accepted within moments: a minute is put down when the next one comes.
    private var run = (minute: Int64.min, count: 0)

    mutating func add(_ columns: Columns, _ index: Int) {
        count += 1
        fingerprint &+= columns.ids[index].fingerprint
        countries[Int(columns.countries[index].index)] += 1
        weather[Int(columns.weathers[index].rawValue)] += 1
        let minute = columns.accepted[index] / 60_000
        if minute != run.minute {
            finish()
            run = (minute, 0)
        }
        run.count += 1
    }

    mutating func finish() {
        if run.count > 0 { minutes[run.minute, default: 0] += run.count }
        run.count = 0
    }
}
