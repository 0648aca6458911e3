import Embedded
import Foundation
import Pipeline
import SQLite
import Synchronization
import Telemetry
import TestKit

/// A folder of a test's own, gone with the object.
final class Folder: Sendable {
    let path: String
    private let isMounted: Bool

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "embedded-\(UUID().uuidString)").path
        isMounted = false
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// A file system in memory that is full after `kilobytes`. Nil: we may not mount.
    init?(kilobytes: Int) throws {
        path = FileManager.default.temporaryDirectory.appending(path: "embedded-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        isMounted = try run("mount", "-t", "tmpfs", "-o", "size=\(kilobytes)k", "tmpfs", path)
        if !isMounted { return nil }
    }

    deinit {
        if isMounted { _ = try? run("umount", "-l", path) }
        try? FileManager.default.removeItem(atPath: path)
    }

    func sqlite(_ name: String) throws -> Connection { try Connection(path: path + "/" + name) }
}

private func run(_ words: String...) throws -> Bool {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = words
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus == 0
}

/// A clock that stands until it is moved.
final class ManualClock: Sendable {
    private let time = Atomic<Int64>(1_790_000_000_000)
    var read: @Sendable () -> Int64 { { self.time.load(ordering: .relaxed) } }
    func move(_ duration: Duration) { time.add(duration.components.seconds * 1000, ordering: .relaxed) }
}

let quiet = Log("test", to: LogSink(minimum: .error, format: .text, output: { _ in }))

func systemClock() -> Int64 { Int64(WallTime.now().milliseconds) }

func legSettings(_ clock: @escaping @Sendable () -> Int64 = systemClock) -> LegSettings {
    LegSettings(storage: StorageOptions(clock: clock))
}

extension EmbeddedLog {
    static func open(_ folder: Folder, _ settings: LegSettings = legSettings()) throws -> EmbeddedLog {
        try EmbeddedLog(path: folder.path + "/kafka-log.db", settings, log: quiet)
    }

    /// With its files closed, so that it can be opened again; nothing is settled by it.
    func end() async {
        close()
        await closed()
    }

    var part: LegContract.Part { LegContract.Part(leg: self, source: self, isLog: true, close: { await self.end() }) }
}

extension EmbeddedQueue {
    static func open(_ folder: Folder, _ settings: LegSettings = legSettings()) throws -> EmbeddedQueue {
        try EmbeddedQueue(path: folder.path + "/rabbitmq-queue.db", settings, log: quiet)
    }

    func end() async {
        close()
        await closed()
    }

    var part: LegContract.Part { LegContract.Part(leg: self, source: self, isLog: false, close: { await self.end() }) }
}

extension EmbeddedStore {
    static func open(
        _ folder: Folder, _ name: String = "counts", clock: @escaping @Sendable () -> Int64 = systemClock,
        change: (inout StoreSettings) -> Void = { _ in }
    ) throws -> EmbeddedStore {
        var settings = StoreSettings(storage: StorageOptions(clock: clock))
        change(&settings)
        return try EmbeddedStore(path: folder.path + "/\(name).db", name: String(name.prefix(15)), settings, log: quiet)
    }

    func end() async {
        close()
        await closed()
    }

    var part: StoreContract.Part { StoreContract.Part(store: self, close: { await self.end() }) }
}
