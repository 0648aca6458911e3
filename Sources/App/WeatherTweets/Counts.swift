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

    /// Up to where it has counted the log; 0 of a server, which remembers what it counts.
    let counted: Offset

    /// The store in the data folder; nil when the leg is counted by a server. Blocks.
    static func embedded(
        _ leg: LegName, in folder: DataFolder, _ settings: UpSettings, log: Log
    ) throws -> Counts? {
        guard try settings.storeAddress(leg) == nil else { return nil }
        let (name, file) = place(of: leg, in: folder)
        try folder.mark(file, elsewhere: nil)
        let store = try EmbeddedStore(path: file, name: "\(name)-counts", settings.store, log: log)
        return Counts(
            store: store, name: "embedded counts",
            close: {
                store.close()
                await store.closed()
            }, counted: store.counted)
    }

    /// The server that the settings name. Blocks.
    ///
    /// - Parameter source: what is counted in it, which a server remembers.
    /// - Throws: one line. A server that is only away is waited for, and `/readyz` says so.
    static func server(
        _ leg: LegName, of source: String, in folder: DataFolder, _ settings: UpSettings, log: Log
    ) throws -> Counts {
        let (name, file) = place(of: leg, in: folder)
        guard let address = try settings.storeAddress(leg) else {
            throw StartError("\(UpSettings.storeFlag(leg)): there is no address")
        }
        do {
            let store = try RedisStore(name: name, settings.redisStore(address, source: source), log: log)
            try folder.mark(file, elsewhere: "\(name) at \(address)")
            return Counts(
                store: store, name: store.name,
                close: {
                    store.close()
                    await store.closed()
                }, counted: 0)
        } catch let error as RedisStoreError {
            throw StartError("\(UpSettings.storeFlag(leg)): \(address): \(error)")
        }
    }

    private static func place(of leg: LegName, in folder: DataFolder) -> (name: String, file: String) {
        leg == .kafka ? ("redis", folder.redisCounts) : ("valkey", folder.valkeyCounts)
    }
}
