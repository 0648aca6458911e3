import Embedded
import Pipeline
import TestKit
import Testing
import Tweets

@Suite struct ContractTests {
    @Test(arguments: LegContract.allCases) func log(_ contract: LegContract) async throws {
        let folder = try Folder()
        try await contract.check { try EmbeddedLog.open(folder).part }
    }

    @Test(arguments: LegContract.allCases) func queue(_ contract: LegContract) async throws {
        let folder = try Folder()
        try await contract.check { try EmbeddedQueue.open(folder).part }
    }

    /// Nothing in memory: every batch is read back from the file.
    @Test(arguments: LegContract.allCases) func withoutMemory(_ contract: LegContract) async throws {
        let folder = try Folder()
        var settings = legSettings()
        settings.memoryBytesMax = 0
        let fixed = settings
        try await contract.check { try EmbeddedLog.open(folder, fixed).part }
        try await contract.check { try EmbeddedQueue.open(folder, fixed).part }
    }

    @Test(arguments: StoreContract.allCases) func store(_ contract: StoreContract) async throws {
        let folder = try Folder()
        try await contract.check { try EmbeddedStore.open(folder, $0).part }
    }

    /// One block in memory: blocks are written and read again within a transaction.
    @Test(arguments: StoreContract.allCases) func storeWithOneBlock(_ contract: StoreContract) async throws {
        let folder = try Folder()
        try await contract.check { try EmbeddedStore.open(folder, $0, change: { $0.blocksMax = 1 }).part }
    }
}
