import Embedded
import Pipeline
import RESP
import RedisStore
import Telemetry

/// The store behind one leg: in the data folder, or a server.
struct Counts: Sendable {
    let store: any CountStore
    /// For people.
    let name: String
    /// What was accepted is counted, then it is closed.
    let close: @Sendable () async -> Void

    /// Blocks.
    ///
    /// - Parameter source: what is counted in it, which a server remembers.
    /// - Throws: one line. A server that is only away is waited for, and `/readyz` says so.
    static func open(
        _ leg: LegName, of source: String, in folder: DataFolder, _ settings: UpSettings, log: Log
    ) throws -> Counts {
        let (name, file) = leg == .kafka ? ("redis", folder.redisCounts) : ("valkey", folder.valkeyCounts)
        guard let address = try settings.storeAddress(leg) else {
            try folder.mark(file, elsewhere: nil)
            let store = try EmbeddedStore(path: file, name: "\(name)-counts", settings.store, log: log)
            return Counts(store: store, name: "embedded counts") {
                store.close()
                await store.closed()
            }
        }
        do {
            let store = try RedisStore(name: name, settings.redisStore(address, source: source), log: log)
            try folder.mark(file, elsewhere: "\(name) at \(address)")
            return Counts(store: store, name: store.name) {
                store.close()
                await store.closed()
            }
        } catch let error as RedisStoreError {
            throw StartError("\(UpSettings.storeFlag(leg)): \(address): \(error)")
        }
    }
}
