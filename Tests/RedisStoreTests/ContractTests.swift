import RESP
import RedisStore
import TestKit
import Testing

@Suite struct ContractTests {
    @Test(.enabled(if: Product.redis.isInstalled, "skipped: no redis-server"), arguments: StoreContract.allCases)
    func redis(_ contract: StoreContract) async throws { try await check(contract, Server(.redis)) }

    @Test(.enabled(if: Product.valkey.isInstalled, "skipped: no valkey-server"), arguments: StoreContract.allCases)
    func valkey(_ contract: StoreContract) async throws { try await check(contract, Server(.valkey)) }

    /// Many scripts a batch: borders of portions lie everywhere.
    @Test(.enabled(if: Product.redis.isInstalled, "skipped: no redis-server"), arguments: StoreContract.allCases)
    func smallScripts(_ contract: StoreContract) async throws {
        try await check(contract, Server(.redis)) { $0.tweetsPerScript = 7 }
    }

    private func check(
        _ contract: StoreContract, _ server: Server, _ change: @Sendable (inout RedisStoreSettings) -> Void = { _ in }
    ) async throws {
        let address = server.address
        try await contract.check { name in
            var settings = RedisStoreSettings(address: address)
            settings.address.database = ["a": 0, "one": 1, "two": 2][name] ?? 3
            change(&settings)
            return try RedisStore(name: "test", settings, log: quiet).part
        }
        withExtendedLifetime(server) {}
    }
}
