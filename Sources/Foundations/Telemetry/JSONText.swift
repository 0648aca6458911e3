/// Text as JSON writes it: the one place that knows which characters need an escape.
package enum JSONText {
    /// Appends `text` as a JSON string, quotes included. Not ASCII stays as it is: JSON is UTF-8.
    package static func append(_ text: String, to json: inout [UInt8]) {
        json.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): json += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): json += #"\n"#.utf8
            case 0..<0x20, 0x7f: json += ((byte < 16 ? #"\u000"# : #"\u00"#) + String(byte, radix: 16)).utf8
            default: json.append(byte)
            }
        }
        json.append(UInt8(ascii: "\""))
    }

    /// `text` as a JSON string, quotes included.
    package static func quoted(_ text: String) -> String {
        var json: [UInt8] = []
        json.reserveCapacity(text.utf8.count + 2)
        append(text, to: &json)
        return String(decoding: json, as: UTF8.self)
    }
}
