extension Scanner {
    /// Reads the object whose brace stands just before `at`, up to and with its closing brace.
    ///
    /// Values that are JSON but wrong are noted in the draft, and reading goes on: what follows must still be JSON.
    /// - Parameter depth: how many brackets are open, its own included.
    mutating func tweet(into draft: inout Draft, descriptionMax: Int, depth: Int) throws(TweetError) {
        skipSpace()
        if next == UInt8(ascii: "}") {
            at += 1
            return draft.noteMissing()
        }
        while true {
            try member(of: &draft, descriptionMax: descriptionMax, depth: depth)
            skipSpace()
            let end = next
            guard end == UInt8(ascii: ",") || end == UInt8(ascii: "}") else {
                throw TweetError(.commaOrBrace, at: at)
            }
            at += 1
            if end == UInt8(ascii: "}") { return draft.noteMissing() }
            skipSpace()
        }
    }

    /// Reads a name, a colon and a value.
    @inline(always)
    private mutating func member(of draft: inout Draft, descriptionMax: Int, depth: Int) throws(TweetError) {
        let start = at
        guard next == UInt8(ascii: "\"") else { throw TweetError(.key, at: at) }
        at += 1
        let field = try name()
        try colon()
        guard let field else { return try skipValue(depth: depth) }
        if draft.has(field) {
            draft.note(.repeated, field, at: start)
            return try skipValue(depth: depth)
        }
        draft.see(field)
        guard next == UInt8(ascii: "\"") else {
            draft.note(.notAString, field, at: at)
            return try skipValue(depth: depth)
        }
        let position = at
        at += 1
        switch field {
        case .description:
            draft.text = try string()
            checkLength(of: &draft, descriptionMax, position)
        case .country:
            draft.country = try country()
            if draft.country == nil { draft.note(.country, .country, at: position) }
        case .weather:
            draft.weather = try weather()
            if draft.weather == nil { draft.note(.weather, .weather, at: position) }
        case .id:
            draft.id = try id()
            draft.idPosition = position
            if draft.id == nil { draft.note(.uuid, .id, at: position) }
        }
    }

    /// Reads a name whose opening quote stands just before `at`, and its closing quote; nil for one that means nothing.
    @inline(always)
    private mutating func name() throws(TweetError) -> Field? {
        if at + 12 <= source.count {
            // Nearly always it is one of ours as it is usually written: compare whole words, quote included.
            switch source.load8(at) {
            case packedWord("country\""):
                at += 8
                return .country
            case packedWord("weather\""):
                at += 8
                return .weather
            case packedWord("descript") where UInt64(source.load4(at + 8)) == packedWord("ion\""):
                at += 12
                return .description
            case let word where word & 0xff_ffff == packedWord("id\""):
                at += 3
                return .id
            default: break
            }
        }
        return try unusualName()
    }

    /// A name with escapes, close to the end of the body, or unknown.
    @inline(never)
    private mutating func unusualName() throws(TweetError) -> Field? {
        let text = try string()
        return withPlain(text) { source, start, count in
            let first = source.loadUpTo8(start, count: min(count, 8))
            switch count {
            case 2: return first == packedWord("id") ? .id : nil
            case 7: return first == packedWord("country") ? .country : first == packedWord("weather") ? .weather : nil
            case 11:
                let rest = source.loadUpTo8(start + 8, count: 3)
                return first == packedWord("descript") && rest == packedWord("ion") ? .description : nil
            default: return nil
            }
        }
    }

    @inline(always)
    private func checkLength(of draft: inout Draft, _ descriptionMax: Int, _ position: Int) {
        if draft.text.count == 0 { draft.note(.emptyText, .description, at: position) }
        // No text has more scalars than bytes, so that few need counting.
        if draft.text.count > descriptionMax, scalars(in: draft.text) > descriptionMax {
            draft.note(.longText, .description, at: position)
        }
    }

    @inline(always)
    private mutating func country() throws(TweetError) -> Country? {
        if at + 4 <= source.count {
            let word = source.load4(at)
            let (first, second) = (UInt8(truncatingIfNeeded: word), UInt8(truncatingIfNeeded: word >> 8))
            // Letters, so that the quote behind them ends the string.
            if word >> 16 & 0xff == 0x22, let country = Country(first, second) {
                at += 3
                return country
            }
        }
        return try otherCountry()
    }

    @inline(never)
    private mutating func otherCountry() throws(TweetError) -> Country? {
        withPlain(try string()) { source, start, count in
            switch count {
            case 2: Country(source[start], source[start + 1])
            case 3: Country(source[start], source[start + 1], source[start + 2])
            default: nil
            }
        }
    }

    @inline(always)
    private mutating func weather() throws(TweetError) -> Weather? {
        guard let (word, count) = shortString() else { return try otherWeather() }
        return Weather(word: word, count: count)
    }

    @inline(never)
    private mutating func otherWeather() throws(TweetError) -> Weather? {
        withPlain(try string()) { source, start, count in
            count <= 8 ? Weather(word: source.loadUpTo8(start, count: count), count: count) : nil
        }
    }

    @inline(never)
    private mutating func id() throws(TweetError) -> TweetID? {
        withPlain(try string()) { source, start, count in
            count == TweetID.textCount ? TweetID(source, at: start) : nil
        }
    }

    /// Lends a short string without its escapes, as a source, a start and a count. All that is looked for is short
    /// ASCII: nil for an escaped string that is anything else.
    @inline(always)
    private func withPlain<Value>(_ text: Text, _ body: (Source, Int, Int) -> Value?) -> Value? {
        text.isEscaped ? withUnescaped(text, body) : body(source, text.start, text.count)
    }

    private func withUnescaped<Value>(_ text: Text, _ body: (Source, Int, Int) -> Value?) -> Value? {
        var plain = InlineArray<36, UInt8>(repeating: 0)
        var (place, count) = (text.start, 0)
        while place < text.end {
            var scalar = UInt32(source[place])
            var length = 1
            if scalar == 0x5c, let escape = try? escape(at: place) { (scalar, length) = escape }
            guard scalar < 0x80, count < TweetID.textCount else { return nil }
            plain[count] = UInt8(scalar)
            count += 1
            place += length
        }
        return unsafe plain.span.withUnsafeBufferPointer { unsafe body(Source($0), 0, count) }
    }
}
