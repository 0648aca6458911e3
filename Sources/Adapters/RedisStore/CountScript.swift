import Pipeline
import RESP

/// What the server runs: all or nothing, because everything that can fail is done before the first write.
enum CountScript {
    /// What it answers.
    enum Answer {
        /// Everything is as the caller believed, and is written.
        case counted
        /// Nothing was written: the offset is another one.
        case elsewhere(Offset)
        /// Nothing was written: other tweets were seen than the caller believed; for each run and bucket which.
        case seen([Reply])

        init?(_ reply: Reply) {
            guard let elements = reply.elements, let first = elements.first?.text else { return nil }
            switch first {
            case "counted": self = .counted
            case "elsewhere":
                guard elements.count == 2, let offset = elements[1].number else { return nil }
                self = .elsewhere(offset)
            case "seen": self = .seen(Array(elements.dropFirst()))
            default: return nil
            }
        }
    }

    /// Counts one `Portion`; `Portion.command` says in which order the arguments stand.
    ///
    /// The first loop touches only bytes that exist: of ids that go up that is the one byte which the last batch ended
    /// in. So the work is in proportion to the numbers of countries and minutes, not of tweets.
    static let text = """
        local total, offset, fingerprint, countries, weather, minutes, recent = unpack(KEYS, 1, 7)
        local band, bor, byte, char, sub = bit.band, bit.bor, string.byte, string.char, string.sub
        local call, concat, at = redis.call, table.concat, 0
        local function take() at = at + 1 return ARGV[at] end

        local first, next, ttl = take(), take(), tonumber(take())
        local stands = call('GET', offset) or '0'
        if first ~= '' and stands ~= first then return {'elsewhere', stands} end

        local lines = {}
        for i = 1, tonumber(take()) do lines[i] = take() end
        local runs, buckets = tonumber(take()), tonumber(take())
        local found, writes, differs = {'seen'}, {}, false

        for part = 1, runs do
            local start, new, seen = tonumber(take()), take(), take()
            local old = call('GETRANGE', KEYS[7 + part], start, start + #new - 1)
            local known, merged = {}, {}
            for i = 1, #old do
                local o, n, s = byte(old, i), byte(new, i), byte(seen, i) or 0
                local k = band(o, bor(n, s))
                if k ~= s then differs = true end
                known[i], merged[i] = char(k), char(bor(o, n))
            end
            if string.find(seen, '[^%z]', #old + 1) then differs = true end
            found[part + 1] = concat(known)
            writes[part] = {start, concat(merged) .. sub(new, #old + 1), string.find(new, '[^%z]')}
        end

        for part = runs + 1, runs + buckets do
            local ids, expected = take(), take()
            local all, new = {}, {}
            for i = 1, #ids, 16 do
                all[#all + 1] = sub(ids, i, i + 15)
                if sub(expected, #all, #all) == '0' then new[#new + 1] = all[#all] end
            end
            local known = concat(call('SMISMEMBER', KEYS[7 + part], unpack(all)))
            if known ~= expected then differs = true end
            found[part + 1], writes[part] = known, new
        end
        if differs then return found end

        -- A key of another type fails here, before anything is written.
        local sum = call('GET', fingerprint) or '0000000000000000'
        call('GET', total)
        call('HLEN', countries) call('HLEN', weather) call('HLEN', minutes) call('LLEN', recent)

        for part = 1, runs + buckets do
            local key, write = KEYS[7 + part], writes[part]
            if part > runs then
                if #write > 0 then call('SADD', key, unpack(write)) end
            elseif write[3] then
                call('SETRANGE', key, write[1], write[2])
            end
            local left = call('TTL', key)
            if left < 0 or left < ttl - 60 then call('EXPIRE', key, ttl) end
        end

        local added, high, low = tonumber(take()), tonumber(take()), tonumber(take())
        if added > 0 then
            call('INCRBY', total, added)
            low = low + tonumber(sub(sum, 9), 16)
            high = high + tonumber(sub(sum, 1, 8), 16)
            if low >= 4294967296 then low, high = low - 4294967296, high + 1 end
            if high >= 4294967296 then high = high - 4294967296 end
            call('SET', fingerprint, string.format('%08x%08x', high, low))
            for _, key in ipairs({countries, weather, minutes}) do
                for i = 1, tonumber(take()) do
                    local field, count = take(), take()
                    if count ~= '0' then call('HINCRBY', key, field, count) end
                end
            end
        end
        if #lines > 0 then
            call('RPUSH', recent, unpack(lines))
            call('LTRIM', recent, -\(StoreSnapshot.recentMax), -1)
        end
        if next ~= '' then call('SET', offset, next) end
        return {'counted'}
        """

    /// Adds the minutes before ARGV[1] up in field -1, so that the hash stays small and its sum the same.
    static let fold = """
        local sum, before = 0, tonumber(ARGV[1])
        for _, minute in ipairs(redis.call('HKEYS', KEYS[1])) do
            local number = tonumber(minute)
            if number >= 0 and number < before then
                sum = sum + redis.call('HGET', KEYS[1], minute)
                redis.call('HDEL', KEYS[1], minute)
            end
        end
        if sum > 0 then redis.call('HINCRBY', KEYS[1], -1, sum) end
        return sum
        """

    static func foldCommand(before minute: Int64) -> Command {
        Command("EVAL", fold, "1", Keys.minutes, String(minute))
    }
}
