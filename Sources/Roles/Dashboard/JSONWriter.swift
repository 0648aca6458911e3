import Telemetry

/// Writes one JSON document (RFC 8259), front to back, commas included.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    /// Something stands before in the object or array that is open.
    private var needsComma = false

    mutating func object(_ fields: (inout Self) -> Void) { enclose("{", "}", fields) }
    mutating func array(_ elements: (inout Self) -> Void) { enclose("[", "]", elements) }

    /// The name of a field; its value must follow.
    mutating func name(_ name: String) {
        separate()
        JSONText.append(name, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    mutating func value(_ number: Int) { plain(String(number)) }
    mutating func value(_ flag: Bool) { plain(flag ? "true" : "false") }
    mutating func null() { plain("null") }

    /// Any text, whatever it holds.
    mutating func value(_ text: String) {
        separate()
        JSONText.append(text, to: &bytes)
    }

    /// Rounded to hundredths. JSON has no infinity: then null, as for nil.
    mutating func value(_ number: Double?) {
        guard let number, number.isFinite else { return null() }
        let rounded = (number * 100).rounded() / 100
        guard rounded == rounded.rounded(), abs(rounded) < 1e15 else { return plain(rounded.description) }
        plain(String(Int(rounded)))
    }

    /// JSON that was checked already.
    mutating func value(json: [UInt8]) {
        separate()
        bytes += json
    }

    private mutating func enclose(_ start: Unicode.Scalar, _ end: Unicode.Scalar, _ content: (inout Self) -> Void) {
        separate()
        bytes.append(UInt8(ascii: start))
        needsComma = false
        content(&self)
        bytes.append(UInt8(ascii: end))
        needsComma = true
    }

    private mutating func plain(_ text: String) {
        separate()
        bytes += text.utf8
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }
}
