import Pipeline
import RESP
import Tweets

/// The thread of a store that looks at it, with a connection of its own: a page must not wait behind a batch.
struct StoreReader: ~Copyable {
    private var link: Link

    init(_ settings: RedisStoreSettings) { link = Link(settings, isWriter: false) }

    /// Looks once for all who wait.
    mutating func look(_ requests: [RedisStore.Look]) {
        let snapshot = try? self.snapshot()
        for request in requests {
            switch request {
            case .offset(let done): done(snapshot?.offset)
            case .snapshot(let done): done(snapshot)
            }
        }
    }

    /// Everything at one moment: nothing of others runs within a MULTI.
    private mutating func snapshot() throws(StoreTrouble) -> StoreSnapshot {
        let replies = try link.send([
            Command("MULTI"), Command("GET", Keys.total), Command("GET", Keys.offset),
            Command("GET", Keys.fingerprint), Command("HGETALL", Keys.countries), Command("HGETALL", Keys.weather),
            Command("HVALS", Keys.minutes), Command("LRANGE", Keys.recent, "0", "-1"), Command("EXEC"),
        ])
        guard let found = replies.last?.elements, found.count == 7 else {
            link.drop()
            throw StoreTrouble(words: "no snapshot")
        }
        for reply in found { if case .error(let message) = reply { throw Link.trouble(message) } }
        var snapshot = StoreSnapshot()
        snapshot.total = Int(found[0].number ?? 0)
        snapshot.offset = found[1].number ?? 0
        snapshot.fingerprint = found[2].text.flatMap { UInt64($0, radix: 16) } ?? 0
        for (name, count) in Self.pairs(found[3]) {
            if let country = Country(name) { snapshot.countries[Int(country.index)] += count }
        }
        for (name, count) in Self.pairs(found[4]) {
            if let weather = Weather(text: name.utf8.span) { snapshot.weather[Int(weather.rawValue)] += count }
        }
        snapshot.minutesTotal = (found[5].elements ?? []).reduce(0) { $0 &+ Int($1.number ?? 0) }
        snapshot.recent = (found[6].elements ?? []).compactMap { reply in
            guard case .bytes(let line) = reply else { return nil }
            return line
        }
        return snapshot
    }

    /// Field and count of a hash.
    private static func pairs(_ reply: Reply) -> [(String, Int)] {
        let elements = reply.elements ?? []
        return stride(from: 0, to: elements.count - 1, by: 2).map { place in
            (elements[place].text ?? "", Int(elements[place + 1].number ?? 0))
        }
    }
}
