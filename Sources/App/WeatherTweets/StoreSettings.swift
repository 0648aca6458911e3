import Pipeline
import RESP
import RedisStore
import Settings

/// The stores outside this process, from the settings.
extension UpSettings {
    /// The flag that names the store of a leg.
    static func storeFlag(_ leg: LegName) -> String { leg == .kafka ? "--redis" : "--valkey" }

    /// Nil: the leg is counted in the data folder.
    func storeAddress(_ leg: LegName) throws(RESPAddressError) -> RESPAddress? {
        guard let url = leg == .kafka ? redis : valkey else { return nil }
        var address = try RESPAddress(url: url)
        address.password = address.password ?? (leg == .kafka ? redisPassword : valkeyPassword)
        return address
    }

    func redisStore(_ address: RESPAddress, source: String) -> RedisStoreSettings {
        var store = RedisStoreSettings(address: address)
        store.source = source
        store.allowVolatile = allowVolatileStore
        store.expiry = seenExpiry
        return store
    }

    var storeProblems: [SettingProblem] {
        var problems: [SettingProblem] = []
        var places: [String] = []
        for leg in LegName.allCases {
            do throws(RESPAddressError) {
                if let address = try storeAddress(leg) { places.append("\(address)") }
            } catch {
                problems.append(SettingProblem(at: Self.storeFlag(leg), error.description))
            }
        }
        if places.count == 2, places[0] == places[1] {
            problems.append(
                SettingProblem(at: "--valkey", "is the same database as --redis; each leg is counted in its own"))
        }
        return problems
    }
}
