/// Reads the tweets to cycle through: a JSON array of objects, or an object a line.
///
/// Objects are sent as they stand, but for `id`: a file that is cycled through would repeat it. What the gateway will
/// refuse is sent too; that is a way to test it.
enum DataFile {
    /// 1 GiB.
    static let bytesMax = 1 << 30

    static func read(_ bytes: [UInt8], ndjson: Bool) throws(JSONFault) -> TweetPool {
        var pool = TweetPool(ndjson: ndjson)
        var reader = JSONReader(bytes)
        if reader.peek() == UInt8(ascii: "[") {
            try reader.array { (reader) throws(JSONFault) in try append(&reader, to: &pool) }
            try reader.finish()
        } else {
            while reader.peek() != nil { try append(&reader, to: &pool) }
        }
        guard pool.count > 0 else { throw reader.fault("at least one tweet") }
        return pool
    }

    private static func append(_ reader: inout JSONReader, to pool: inout TweetPool) throws(JSONFault) {
        var members = [UInt8]()
        var (country, weather): (Int?, Int?) = (nil, nil)
        try reader.object { (reader, name) throws(JSONFault) in
            _ = reader.peek()
            let value = try reader.skip()
            if reader.isEqual(name, "id") { return }
            if !members.isEmpty { members.append(UInt8(ascii: ",")) }
            members.append(UInt8(ascii: "\""))
            members += reader.bytes[name]
            members += "\":".utf8
            members += reader.bytes[value]
            guard reader.bytes[value.lowerBound] == UInt8(ascii: "\"") else { return }
            let text = reader.decoded(value.lowerBound + 1..<value.upperBound - 1)
            if reader.isEqual(name, "country") { country = CountryCodes.number(of: text) }
            if reader.isEqual(name, "weather") { weather = WeatherCodes.number(of: text) }
        }
        // A line break inside an object is legal in an array and ends a tweet in NDJSON; JSON allows a blank there.
        for place in members.indices where members[place] == 10 || members[place] == 13 { members[place] = 32 }
        pool.append(members: members, country: country, weather: weather)
    }
}
