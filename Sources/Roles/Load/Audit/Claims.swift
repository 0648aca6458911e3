/// What ledgers say was answered, put together: the yardstick of the checker.
struct Claims {
    /// Counts by country and by weather; tweets whose country or weather the ledger does not know stand apart.
    struct Sums: Equatable {
        var countries = [Int](repeating: 0, count: CountryCodes.count)
        var weathers = [Int](repeating: 0, count: WeatherCodes.names.count)
        var unknown = 0

        mutating func add(country: Int, weather: Int) {
            if country >= 0 { countries[country] += 1 }
            if weather >= 0 { weathers[weather] += 1 }
            if country < 0 || weather < 0 { unknown += 1 }
        }
    }

    /// Answered 200 or 202.
    private(set) var stored = IDSet()
    private(set) var storedSums = Sums()
    private(set) var storedTweets = 0
    /// Answered 4xx, 429 or 503: clients' ids; those without id leave no name.
    private(set) var refused = IDSet()
    private(set) var refusedTweets = 0
    /// Without an answer that settles it: clients' ids and their places in the sums.
    private(set) var unknown: [TweetUUID: (country: Int, weather: Int)] = [:]
    private(set) var unknownIDs = IDSet()
    private(set) var unknownTweets = 0
    /// Unknown tweets that brought no id: the gateway may have made one for each.
    private(set) var unnamedTweets = 0
    private(set) var unnamedSums = Sums()
    /// Ids that were given to more than one tweet.
    private(set) var reissued = IDSet()
    private(set) var requests = 0
    private(set) var runs = 0
    /// Runs whose end is not in the ledger, or that wrote more or less than they say: something was sent that no line
    /// tells of.
    private(set) var brokenRuns = 0
    /// When the first request was meant to be sent: milliseconds since 1970.
    private(set) var earliest: Int?
    private var openRun: Int?

    mutating func add(_ path: String) throws(LedgerError) {
        try LedgerReader.read(path) { add($0) }
        closeRun(requests: nil)
    }

    mutating func add(_ line: LedgerLine) {
        switch line {
        case .begin:
            closeRun(requests: nil)
            runs += 1
            openRun = 0
        case .end(let requests): closeRun(requests: requests)
        case .request(let record):
            requests += 1
            // A request outside of a run makes the run before it a broken one.
            if openRun == nil { brokenRuns += 1 }
            openRun = (openRun ?? 0) + 1
            add(record)
        }
    }

    /// Sorts what was collected; to be called once behind the last ledger.
    mutating func seal() {
        var ignored = IDSet()
        stored.seal(repeated: &reissued)
        refused.seal(repeated: &ignored)
        unknownIDs.seal(repeated: &ignored)
        // An id that was taken in one request is settled, whatever another one came to.
        refused = refused.subtracting(stored).subtracting(unknownIDs)
        unknownIDs = unknownIDs.subtracting(stored)
    }

    private mutating func closeRun(requests: Int?) {
        guard let written = openRun else { return }
        if requests != written { brokenRuns += 1 }
        openRun = nil
    }

    private mutating func add(_ record: LedgerRecord) {
        earliest = min(earliest ?? record.at, record.at)
        let tweets = record.countries.count
        var ignored = IDSet()
        switch record.outcome {
        case .accepted, .spooled:
            if let made = record.made {
                stored.insert(
                    session: made.first.session, first: made.first.sequence, count: UInt64(made.count),
                    repeated: &reissued)
            }
            let isRejected = Set(record.rejected)
            for index in 0..<tweets {
                if isRejected.contains(index) {
                    refusedTweets += 1
                    if !record.ids.isEmpty { refused.insert(record.ids[index], repeated: &ignored) }
                } else {
                    storedTweets += 1
                    storedSums.add(country: record.countries[index], weather: record.weathers[index])
                    if !record.ids.isEmpty { stored.insert(record.ids[index], repeated: &reissued) }
                }
            }
        case .rejected, .unavailable:
            refusedTweets += tweets
            for id in record.ids { refused.insert(id, repeated: &ignored) }
        case .unknown:
            unknownTweets += tweets
            for (index, id) in record.ids.enumerated() {
                unknown[id] = (record.countries[index], record.weathers[index])
                unknownIDs.insert(id, repeated: &ignored)
            }
            guard record.ids.isEmpty else { return }
            unnamedTweets += tweets
            for index in 0..<tweets {
                unnamedSums.add(country: record.countries[index], weather: record.weathers[index])
            }
        }
    }
}
