/// The bytes of one line. Whatever a field contains, it stays one line and moves no cursor.
struct LogLine {
    private let format: Log.Format
    private var bytes: [UInt8] = []

    /// Longer strings are cut: a line must stay readable, and what a client sends is no reason to fill the disk.
    static let stringBytesMax = 2048

    init(format: Log.Format) {
        self.format = format
        bytes.reserveCapacity(256)
    }

    mutating func begin(_ time: WallTime, _ level: Log.Level, _ component: StaticString, _ event: StaticString) {
        switch format {
        case .json:
            add(#"{"time":""#, time.description, #"","level":""#, level.rawValue, #"","component":"#)
            addQuoted(component.description)
            add(#","event":"#)
            addQuoted(event.description)
        case .text:
            add(
                time.description, " ", padded(level.rawValue, 7), " ", padded(component.description, 10), " ",
                event.description)
        }
    }

    mutating func append(_ key: StaticString, _ value: Log.Value) {
        switch format {
        case .json:
            add(#",""#, key.description)
            if case .duration = value { add("_ms") }
            add(#"":"#)
        case .text:
            add(" ", key.description, "=")
        }
        append(value)
    }

    consuming func finished() -> [UInt8] {
        if format == .json { add("}") }
        add("\n")
        return bytes
    }

    private mutating func append(_ value: Log.Value) {
        switch value {
        case .string(let text):
            if format == .text, isPlain(text) { add(text) } else { addQuoted(text) }
        case .int(let number): add(String(number))
        case .double(let number):
            // JSON has no infinities.
            if number.isFinite { add(String(number)) } else { addQuoted(String(number)) }
        case .bool(let flag): add(String(flag))
        case .duration(let duration):
            let milliseconds = (duration / .microseconds(1)).rounded() / 1000
            if format == .json {
                add(String(milliseconds))
            } else if milliseconds < 1000 {
                add(String(milliseconds), "ms")
            } else {
                add(String((milliseconds / 10).rounded() / 100), "s")
            }
        }
    }

    private mutating func add(_ texts: String...) { for text in texts { bytes += text.utf8 } }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.utf8.count))
    }

    /// Needs no quotes in text: printable ASCII without blanks, quotes and `=`.
    private func isPlain(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= Self.stringBytesMax
            && text.utf8.allSatisfy { (0x21...0x7e).contains($0) && !"\"\\=".utf8.contains($0) }
    }

    /// A JSON string, quotes included.
    private mutating func addQuoted(_ text: String) {
        add("\"")
        var room = Self.stringBytesMax
        for scalar in text.unicodeScalars {
            room -= scalar.utf8.count
            if room < 0 {
                add("…")
                break
            }
            switch scalar.value {
            case 0x22: add(#"\""#)
            case 0x5c: add(#"\\"#)
            case 0x0a: add(#"\n"#)
            case 0..<0x20, 0x7f..<0xa0, 0x2028, 0x2029:
                // Controls of the terminal, and what some readers take for the end of a line.
                let digits = String(scalar.value, radix: 16)
                add(#"\u"#, String(repeating: "0", count: 4 - digits.utf8.count), digits)
            default: bytes += scalar.utf8
            }
        }
        add("\"")
    }
}
