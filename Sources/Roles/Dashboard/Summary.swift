import Pipeline
import Tweets

/// Everything the page shows but the past, as a value. Its JSON answers `/api/summary` and is the event `summary`.
struct Summary {
    /// What a leg adds to what was looked at.
    struct Leg {
        var broker: String
        var store: String
        /// Tweets a second.
        var rate: Double?
        /// In milliseconds.
        var latency: (p50: Double?, p99: Double?)
    }

    /// How many last tweets are shown a leg, newest first.
    static let recentMax = 10

    var look: Look
    var finding: Finding
    var legs: ByLeg<Leg>
    /// The address where tweets are posted, for the page's `curl`.
    var intake: String

    var json: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.name("legs")
            json.object { json in
                for leg in LegName.allCases {
                    json.name(leg.rawValue)
                    json.object { write(look.legs[leg], legs[leg], to: &$0) }
                }
            }
            json.name("audit")
            json.object(writeAudit)
            json.name("intake")
            json.value(intake)
        }
        return json.bytes
    }

    private func write(_ found: Look.Leg, _ leg: Leg, to json: inout JSONWriter) {
        json.name("total")
        json.value(found.snapshot.total)
        json.name("countries")
        json.object { json in
            for (index, count) in found.snapshot.countries.enumerated() where count != 0 {
                guard let country = UInt8(exactly: index).flatMap(Country.init(index:)) else { continue }
                json.name(country.alpha2)
                json.value(count)
            }
        }
        json.name("weather")
        json.object { json in
            for (weather, count) in zip(Weather.allCases, found.snapshot.weather) {
                json.name(weather.name.description)
                json.value(count)
            }
        }
        json.name("rate")
        json.value(leg.rate)
        json.name("lag")
        json.value(found.backlog.lag)
        json.name("deadLetters")
        json.value(found.backlog.deadLetters)
        json.name("latency")
        json.object { json in
            json.name("p50")
            json.value(leg.latency.p50)
            json.name("p99")
            json.value(leg.latency.p99)
        }
        json.name("broker")
        json.value(leg.broker)
        json.name("store")
        json.value(leg.store)
        json.name("readable")
        json.value(found.isReadable)
        json.name("recent")
        json.array { json in
            for tweet in Self.newest(of: found.snapshot.recent) { json.value(json: tweet) }
        }
    }

    private func writeAudit(to json: inout JSONWriter) {
        json.name("verdict")
        json.value(finding.verdict.rawValue)
        json.name("reason")
        json.value(finding.reason.rawValue)
        json.name("detail")
        json.value(finding.sentence(look))
        json.name("difference")
        json.value(finding.difference)
        json.name("count")
        json.value(finding.count)
        json.name("leg")
        if let leg = finding.leg { json.value(leg.rawValue) } else { json.null() }
        json.name("accepted")
        json.value(look.account.accepted)
        json.name("rejected")
        json.value(look.account.rejected)
        json.name("unknown")
        json.value(look.account.unknown)
        json.name("inFlight")
        json.value(look.account.inFlight)
    }

    /// The last tweets, newest first. They go into our document as they are, so each is read once more: what is not
    /// the canonical JSON of a tweet could break it, and is left out.
    static func newest(of recent: [[UInt8]]) -> [[UInt8]] {
        recent.reversed().prefix(recentMax).filter { bytes in
            var batch = Batch()
            batch.append(bytes)
            var columns = Columns()
            var isReadable = true
            TweetReader().columns(of: batch, into: &columns) { _, _ in isReadable = false }
            return isReadable
        }
    }
}
