import Foundation
import Pipeline
import RESP
import RedisStore
import Telemetry
import TestKit

let quiet = Log("test", to: LogSink(minimum: .error, format: .text, output: { _ in }))

extension Server {
    func open(database: Int = 0, _ change: (inout RedisStoreSettings) -> Void = { _ in }) throws -> RedisStore {
        var settings = RedisStoreSettings(address: address)
        settings.address.database = database
        change(&settings)
        return try RedisStore(name: "test", settings, log: quiet)
    }
}

extension RedisStore {
    /// With its connections closed.
    func end() async {
        close()
        await closed()
    }

    var part: StoreContract.Part { StoreContract.Part(store: self, close: { await self.end() }) }

    func apply(_ batch: CountBatch, within deadline: Duration = .seconds(20)) async throws -> Applied {
        try await answer(within: deadline) { apply(batch, $0) }
    }

    /// Again and again while it is unavailable, as a consumer does.
    func applyUntilAnswered(_ batch: CountBatch) async throws -> Applied {
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            let applied = try await apply(batch)
            guard case .unavailable(let words) = applied else { return applied }
            guard ContinuousClock.now < deadline else { throw Failure("still unavailable: \(words)") }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Why it is unavailable.
    func trouble(_ batch: CountBatch) async throws -> String {
        guard case .unavailable(let words) = try await apply(batch) else { throw Failure("it is available") }
        return words
    }
}
