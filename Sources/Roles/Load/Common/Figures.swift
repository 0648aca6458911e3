// Numbers as people read them. Without Foundation there is no `String(format:)`.

/// A decimal number with a fixed count of digits behind the point.
func decimal(_ value: Double, digits: Int) -> String {
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = (value.magnitude * scale).rounded()
    guard scaled < 1e18 else { return "\(value)" }
    let (whole, part) = Int(scaled).quotientAndRemainder(dividingBy: Int(scale))
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(whole)" }
    let text = String(part)
    return "\(sign)\(whole)." + String(repeating: "0", count: digits - text.count) + text
}

/// 1234567 as "1,234,567".
func grouped(_ value: Int) -> String {
    var text = ""
    for (index, digit) in String(value.magnitude).reversed().enumerated() {
        if index > 0, index % 3 == 0 { text.append(",") }
        text.append(digit)
    }
    return (value < 0 ? "-" : "") + String(text.reversed())
}

/// A duration in the unit that suits it: "870 µs", "12.3 ms", "4.56 s".
func duration(nanoseconds: Int64) -> String {
    let value = Double(nanoseconds)
    if value < 1e6 { return "\(decimal(value / 1e3, digits: 0)) µs" }
    if value < 1e9 { return "\(decimal(value / 1e6, digits: value < 1e8 ? 2 : 0)) ms" }
    return "\(decimal(value / 1e9, digits: value < 1e11 ? 2 : 0)) s"
}

func padded(_ text: String, to width: Int) -> String {
    text.count >= width ? text : String(repeating: " ", count: width - text.count) + text
}
