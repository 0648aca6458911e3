import Foundation
import RESP
import TestKit

/// The products that we count in.
enum Product: String, CaseIterable, Sendable {
    case redis
    case valkey

    /// Its server, from the variable REDIS_SERVER or VALKEY_SERVER, from PATH, or where `dev/setup --tests` puts it.
    var path: String? {
        if let named = ProcessInfo.processInfo.environment["\(rawValue.uppercased())_SERVER"] { return named }
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        return (folders + [root.path + "/.tools/usr/bin"]).map { "\($0)/\(rawValue)-server" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    var isInstalled: Bool { path != nil }
}

/// A server of a test's own: a free port of loopback, a folder that goes with the object.
final class Server {
    let port: Int
    let folder: URL
    private let product: Product
    private let arguments: [String]
    private var process: Process?

    /// Started and ready, unless it is to be started later.
    init(_ product: Product = .redis, _ arguments: String..., later: Bool = false) throws {
        self.product = product
        self.arguments = arguments
        port = try freePort()
        folder = FileManager.default.temporaryDirectory.appending(path: "redis-store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        if !later { try start() }
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Returns when it answers.
    func start() throws {
        guard let path = product.path else { throw Failure("no \(product)-server") }
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments =
            [
                "--port", "\(port)", "--bind", "127.0.0.1", "--dir", folder.path, "--save", "", "--appendonly", "yes",
                "--logfile", folder.path + "/server.log",
            ] + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        self.process = process
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            do {
                let reply = try send("PING")
                if case .error(let message) = reply, message.hasPrefix("LOADING") { continue }
                return
            } catch {
                guard process.isRunning else { throw Failure("\(product)-server ended at once") }
                Thread.sleep(forTimeInterval: 0.005)
            }
        }
        throw Failure("\(product)-server does not answer")
    }

    /// SIGKILL; what it had written stays.
    func kill() {
        guard let process else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        self.process = nil
    }

    func signal(_ signal: Int32) {
        if let process { Foundation.kill(process.processIdentifier, signal) }
    }

    /// As a folder of `/proc`.
    var pid: String { process.map { "\($0.processIdentifier)" } ?? "" }

    var address: RESPAddress { RESPAddress(host: "127.0.0.1", port: port) }

    /// One command by a connection of its own.
    @discardableResult
    func send(_ words: String..., database: Int = 0) throws -> Reply {
        var address = address
        address.database = database
        var connection = try RESPConnection(to: address, timeout: .seconds(5))
        var command = Command()
        for word in words { command.add(word) }
        return try connection.send([command])[0]
    }
}

/// Below those that the system gives to clients, so that nobody is given it in between.
private func freePort() throws -> Int {
    for _ in 0..<1000 {
        let port = Int.random(in: 20_000..<32_000)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        let isFree = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(listener, pointer, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        if isFree { return port }
    }
    throw Failure("no free port")
}
