import Pipeline

/// Tweets a second behind each leg, a value a second, for the last five minutes: a page that is opened later sees the
/// past.
struct Rates {
    static let secondsMax = 300

    /// Oldest first; nil where a total was not to be had.
    private(set) var past = ByLeg<[Double?]> { _ in [] }
    private var last = ByLeg<(time: Int64, total: Int)?> { _ in nil }

    /// The newest values.
    var latest: ByLeg<Double?> { ByLeg { past[$0].last ?? nil } }

    /// Once a second.
    /// - Parameters:
    ///   - time: nanoseconds of a clock that only goes forward.
    ///   - totals: nil for a store that does not answer: its next rate spans the gap.
    mutating func add(_ totals: ByLeg<Int?>, at time: Int64) {
        for leg in LegName.allCases {
            if past[leg].count == Self.secondsMax { past[leg].removeFirst() }
            past[leg].append(rate(of: leg, totals[leg], time))
            if let total = totals[leg] { last[leg] = (time, total) }
        }
    }

    /// Nil without an earlier total, and when the total shrank: another store.
    private func rate(of leg: LegName, _ total: Int?, _ time: Int64) -> Double? {
        guard let total, let last = last[leg], time > last.time, total >= last.total else { return nil }
        return Double(total - last.total) / (Double(time - last.time) / 1e9)
    }
}

extension Rates {
    /// What a page gets when it comes: `{"kafka":[…],"rabbitmq":[…]}`, oldest first, a second apart.
    var historyJSON: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            for leg in LegName.allCases {
                json.name(leg.rawValue)
                json.array { json in for rate in past[leg] { json.value(rate) } }
            }
        }
        return json.bytes
    }

    /// What it gets every second after that: `{"kafka":1.5,"rabbitmq":null}`.
    var latestJSON: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            for leg in LegName.allCases {
                json.name(leg.rawValue)
                json.value(latest[leg])
            }
        }
        return json.bytes
    }
}
