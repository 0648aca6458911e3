import Foundation
import Pipeline
import RedisStore
import TestKit
import Testing

/// Tweets a second into real servers, and what they cost: `REDIS_BENCHMARK=1 swift test -c release
/// -Xswiftc -enable-testing --filter StoreBenchmark`.
@Suite(.serialized)
struct StoreBenchmark {
    enum Kind: String, CaseIterable, Sendable { case ours, clients, seen }

    @Test(arguments: [("everysec", Product.redis), ("always", .redis), ("everysec", .valkey), ("always", .valkey)])
    func apply(fsync: String, product: Product) async throws {
        guard product.isInstalled else { return }
        for kind in Kind.allCases {
            for batch in [100, 500, 2000, 20_000] {
                let server = try Server(product, "--appendfsync", fsync)
                let store = try server.open()
                try await measure(store, server, "\(product) \(fsync)", kind, batch)
                await store.end()
            }
        }
    }

    private func measure(
        _ store: RedisStore, _ server: Server, _ name: String, _ kind: Kind, _ size: Int
    ) async throws {
        let samples = Samples()
        let batches = (0..<max(10, min(400, 400_000 / size))).map { number in
            let numbers = number * size..<(number + 1) * size
            let offset = Offset(number * size)
            return samples.countBatch(
                numbers, ownIDs: kind == .clients, offsets: kind == .seen ? nil : offset..<offset + Offset(size))
        }
        if kind == .seen { for batch in batches { _ = try await store.part.count(batch) } }
        let (ours, theirs, began) = (processorTime(of: "self"), processorTime(of: server.pid), ContinuousClock.now)
        for batch in batches { _ = try await store.part.count(batch) }
        let tweets = Double(batches.count * size)
        let elapsed = (ContinuousClock.now - began) / .seconds(1)
        func micros(_ seconds: Double) -> String { String(format: "%.2f", seconds * 1e6 / tweets) }
        print(
            "\(name), \(kind), batch \(size): \(Int(tweets / elapsed)) tweets/s, µs a tweet of the server "
                + "\(micros(processorTime(of: server.pid) - theirs)), ours \(micros(processorTime(of: "self") - ours))")
    }

    /// Seconds, in steps of a hundredth.
    private func processorTime(of process: String) -> Double {
        let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
        return (user + system) / 100
    }
}
