import Pipeline
import Tweets

extension StoreSnapshot {
    /// As many tweets, all of one country and one weather; the fingerprint is the number, unless told otherwise.
    static func counting(_ total: Int, fingerprint: UInt64? = nil) -> StoreSnapshot {
        var snapshot = StoreSnapshot()
        (snapshot.total, snapshot.minutesTotal) = (total, total)
        (snapshot.countries[0], snapshot.weather[0]) = (total, total)
        snapshot.fingerprint = fingerprint ?? UInt64(total)
        return snapshot
    }

    /// - Parameter text: as it stands in JSON.
    static func tweet(_ text: String, sequence: Int = 0) -> [UInt8] {
        let digits = String(sequence)
        let id = "00000000-0000-8000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
        return Array(
            #"{"id":"\#(id)","accepted":1764000000000,"country":"GT","weather":"rainy","description":"\#(text)"}"#.utf8)
    }
}
