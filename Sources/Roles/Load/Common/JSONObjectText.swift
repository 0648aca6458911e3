import Telemetry

/// Makes one JSON object member by member, in the order in which they are added.
struct JSONObjectText {
    private(set) var bytes: [UInt8] = [UInt8(ascii: "{")]

    /// The object, closed.
    var finished: [UInt8] { bytes + [UInt8(ascii: "}")] }

    mutating func add(_ name: String, _ value: String) {
        key(name)
        JSONText.append(value, to: &bytes)
    }

    mutating func add(_ name: String, _ value: Int) {
        key(name)
        bytes += String(value).utf8
    }

    mutating func add(_ name: String, _ value: Bool) {
        key(name)
        bytes += (value ? "true" : "false").utf8
    }

    /// Rounded to three digits; not a number and infinity, which JSON has not, become 0.
    mutating func add(_ name: String, _ value: Double) {
        key(name)
        bytes += decimal(value.isFinite ? value : 0, digits: 3).utf8
    }

    mutating func add(_ name: String, _ value: JSONObjectText) {
        key(name)
        bytes += value.finished
    }

    mutating func add(_ name: String, _ values: [String]) {
        key(name)
        bytes.append(UInt8(ascii: "["))
        for (index, value) in values.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONText.append(value, to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    mutating func add(_ name: String, _ values: [JSONObjectText]) {
        key(name)
        bytes.append(UInt8(ascii: "["))
        for (index, value) in values.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += value.finished
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func key(_ name: String) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        JSONText.append(name, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
    }
}
