/// A bound or rule for one value, with the words for the error.
package struct Check<Value: SettingValue>: Sendable {
    /// Completes "expected …".
    let expectation: String
    let accepts: @Sendable (Value) -> Bool

    /// - Parameter expectation: what is accepted, in words that complete "expected …".
    package init(_ expectation: String, accepts: @escaping @Sendable (Value) -> Bool) {
        (self.expectation, self.accepts) = (expectation, accepts)
    }

    /// The same check for a setting that may be absent.
    package static func ifGiven<Wrapped>(_ check: Check<Wrapped>) -> Check where Value == Wrapped? {
        Check(check.expectation) { $0.map(check.accepts) ?? true }
    }
}

extension Check where Value: Comparable {
    /// `least` or more.
    package static func atLeast(_ least: Value) -> Check {
        Check("\(Value.expectation), at least \(least.settingText)") { $0 >= least }
    }

    /// From bound to bound, both included.
    package static func within(_ range: ClosedRange<Value>) -> Check {
        let bounds = "from \(range.lowerBound.settingText) to \(range.upperBound.settingText)"
        return Check("\(Value.expectation) \(bounds)") { range.contains($0) }
    }
}
