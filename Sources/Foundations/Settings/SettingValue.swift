/// A type that a setting can hold.
package protocol SettingValue: Sendable {
    /// What is accepted, in words that complete "expected …".
    static var expectation: String { get }
    /// What stands for the value in the help. Nil makes the setting a switch.
    static var placeholder: String? { get }
    /// Every value there is, when they can be listed.
    static var choices: [String] { get }
    /// Nil when `text` is no such value.
    init?(setting text: String)
    /// The value as it would be written; `init(setting:)` reads it back.
    var settingText: String { get }
}

extension SettingValue {
    package static var choices: [String] { [] }
}

extension Int: SettingValue {
    package static var expectation: String { "a whole number" }
    package static var placeholder: String? { "N" }
    package init?(setting text: String) { self.init(text) }
    package var settingText: String { String(self) }
}

extension String: SettingValue {
    package static var expectation: String { "text" }
    package static var placeholder: String? { "TEXT" }
    package init?(setting text: String) { self = text }
    package var settingText: String { self }
}

extension Bool: SettingValue {
    package static var expectation: String { "true or false" }
    package static var placeholder: String? { nil }
    package static var choices: [String] { ["true", "false"] }
    package init?(setting text: String) { self.init(text) }
    package var settingText: String { String(self) }
}

/// A value that may be absent; empty text means absent, as in `REDIS_PASSWORD=`.
extension Optional: SettingValue where Wrapped: SettingValue {
    package static var expectation: String { Wrapped.expectation }
    package static var placeholder: String? { Wrapped.placeholder }
    package static var choices: [String] { Wrapped.choices }
    package init?(setting text: String) {
        if text.isEmpty {
            self = .none
            return
        }
        guard let value = Wrapped(setting: text) else { return nil }
        self = value
    }
    package var settingText: String { self?.settingText ?? "" }
}

extension SettingValue where Self: CaseIterable & RawRepresentable, RawValue == String {
    package static var expectation: String { "one of " + choices.joined(separator: ", ") }
    package static var placeholder: String? { choices.joined(separator: "|") }
    package static var choices: [String] { allCases.map(\.rawValue) }
    package init?(setting text: String) { self.init(rawValue: text) }
    package var settingText: String { rawValue }
}

/// Written with one unit: `250ms`, `3s`, `15m`, `24h`, `7d`. Never negative.
extension Duration: SettingValue {
    package static var expectation: String { "a duration such as 250ms, 3s, 15m, 24h or 7d" }
    package static var placeholder: String? { "DURATION" }

    /// The longest first, so that a value is shown in the unit that a person would choose.
    private static var units: [(name: String, milliseconds: Int)] {
        [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)]
    }

    package init?(setting text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int(digits), let unit = Self.units.first(where: { $0.name == text[digits.endIndex...] })
        else {
            return nil
        }
        let (milliseconds, overflow) = count.multipliedReportingOverflow(by: unit.milliseconds)
        guard !overflow else { return nil }
        self = .milliseconds(milliseconds)
    }

    package var settingText: String {
        let milliseconds = Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
        if milliseconds == 0 { return "0s" }
        for unit in Self.units where milliseconds % unit.milliseconds == 0 {
            return "\(milliseconds / unit.milliseconds)\(unit.name)"
        }
        return "\(milliseconds)ms"
    }
}
