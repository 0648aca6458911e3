import Pipeline
import RESP
import Tweets

/// The thread of a store that looks at it, with a connection of its own: a page must not wait behind a batch.
struct StoreReader: ~Copyable {
    private var link: Link

    init(_ settings: RedisStoreSettings) { link = Link(settings, script: Self.script, isWriter: false) }

    /// Everything at one moment. No MULTI: a server whose memory is full refuses to queue commands, and a page that
    /// shows nothing then would be of little use.
    private static let script = """
        local sum = 0
        for _, count in ipairs(redis.call('HVALS', KEYS[6])) do sum = sum + count end
        return {
            redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2]), redis.call('GET', KEYS[3]),
            redis.call('HGETALL', KEYS[4]), redis.call('HGETALL', KEYS[5]), string.format('%.0f', sum),
            redis.call('LRANGE', KEYS[7], 0, -1)
        }
        """

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

    private mutating func snapshot() throws(StoreTrouble) -> StoreSnapshot {
        let reply = try link.run { script in
            Command(
                "EVALSHA", script, "7", Keys.total, Keys.offset, Keys.fingerprint, Keys.countries, Keys.weather,
                Keys.minutes, Keys.recent)
        }
        guard let found = reply.elements, found.count == 7 else { throw StoreTrouble(words: "no snapshot") }
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
        snapshot.minutesTotal = Int(found[5].number ?? 0)
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
