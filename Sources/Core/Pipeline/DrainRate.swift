/// How fast work leaves, measured over the last seconds: what `Retry-After` is computed from.
package struct DrainRate: Sendable {
    private var windowStart: Moment
    private var leftInWindow = 0
    /// Things a second, smoothed over about four windows.
    package private(set) var perSecond = 0.0

    private static let window = Duration.milliseconds(250)

    package init(now: Moment) { windowStart = now }

    /// So many left just now.
    package mutating func left(_ count: Int, now: Moment) {
        leftInWindow += count
        let elapsed = now - windowStart
        guard elapsed >= Self.window.inNanoseconds else { return }
        let rate = Double(leftInWindow) * 1e9 / Double(elapsed)
        perSecond = perSecond == 0 ? rate : perSecond * 0.75 + rate * 0.25
        windowStart = now
        leftInWindow = 0
    }

    /// Whole seconds until `waiting` things will have left: at least 1, at most 60 (also when nothing leaves at all).
    package func secondsToDrain(_ waiting: Int) -> Int {
        guard perSecond > 0 else { return waiting == 0 ? 1 : 5 }
        return Int(min(60, max(1, (Double(waiting) / perSecond).rounded(.up))))
    }
}
