/// A size in bytes, written `512`, `64KiB`, `64MiB`, `2GiB` or `1TiB`.
package struct ByteCount: Hashable, Comparable, Sendable {
    package var bytes: Int

    package init(_ bytes: Int) { self.bytes = bytes }

    package static func kibibytes(_ count: Int) -> ByteCount { ByteCount(count << 10) }
    package static func mebibytes(_ count: Int) -> ByteCount { ByteCount(count << 20) }
    package static func gibibytes(_ count: Int) -> ByteCount { ByteCount(count << 30) }

    package static func < (a: Self, b: Self) -> Bool { a.bytes < b.bytes }
}

extension ByteCount: SettingValue {
    package static var expectation: String { "a size such as 4096, 64KiB, 64MiB or 2GiB" }
    package static var placeholder: String? { "SIZE" }

    /// Powers of two only: `MB` means one thing to a disk and another to a memory, so it is refused.
    private static var units: [(name: String, bytes: Int)] {
        [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("", 1)]
    }

    package init?(setting text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int(digits), let unit = Self.units.first(where: { $0.name == text[digits.endIndex...] })
        else {
            return nil
        }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: unit.bytes)
        guard !overflow else { return nil }
        self.bytes = bytes
    }

    package var settingText: String {
        if bytes == 0 { return "0" }
        for unit in Self.units where bytes % unit.bytes == 0 { return "\(bytes / unit.bytes)\(unit.name)" }
        return "\(bytes)"
    }
}
