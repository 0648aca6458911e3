import Foundation
import Gateway
import Lifecycle
import Pipeline
import Settings
import Telemetry
import TestKit
import Testing
import Tweets

@testable import WeatherTweets

/// What `up` says, and the order in which it stops; the whole is tested from outside.
@Suite struct UpTests {
    private static let log = Log("test", to: LogSink(minimum: .error, format: .text))

    /// A pipeline whose servers were not started.
    private static func pipeline<R>(
        tokensFile: String? = nil, _ body: (UpPipeline, UpSettings) throws -> R
    ) async throws -> R {
        let folder = try Folder()
        var settings = UpSettings()
        settings.data = folder.path
        settings.tokensFile = tokensFile
        let pipeline = try UpPipeline(settings, log: log)
        let result = Result { try body(pipeline, settings) }
        for leg in LegName.allCases { await pipeline.sides[leg].close() }
        return try result.get()
    }

    @Test func bannerSaysWhereEverythingIsOnATerminalOfEightyColumns() async throws {
        try await Self.pipeline { pipeline, settings in
            let text = banner(pipeline, settings)
            for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
            for address in [
                "POST http://127.0.0.1:8080/input", "http://127.0.0.1:8090/", "http://127.0.0.1:8091/healthz",
            ] {
                #expect(text.contains(address))
            }
            #expect(text.contains(settings.data))
            #expect(!text.contains("Authorization"))
        }
    }

    @Test func bannerShowsTheTokenThatIsNeededAndNeverTheTokenItself() async throws {
        let files = try Folder()
        let path = try files.file("tokens", "verysecret\n")
        try await Self.pipeline(tokensFile: path) { pipeline, settings in
            let text = banner(pipeline, settings)
            for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
            #expect(text.contains("    -H 'Authorization: Bearer TOKEN' \\\n    -H 'Content-Type"))
            #expect(!text.contains("verysecret"))
        }
    }

    /// The words of the banner are pasted into a shell: each line but the last one goes on.
    @Test(arguments: [nil, "token\n"]) func curlOfTheBannerIsOneCommand(_ tokens: String?) async throws {
        let files = try Folder()
        let path = try tokens.map { try files.file("tokens", $0) }
        try await Self.pipeline(tokensFile: path) { pipeline, settings in
            let lines = banner(pipeline, settings).split(separator: "\n").map(String.init)
            let start = try #require(lines.firstIndex { $0.hasPrefix("  curl ") })
            let end = try #require(lines.firstIndex { $0.contains(" -d '") })
            for line in lines[start..<end] { #expect(line.hasSuffix(" \\"), "\(line)") }
            #expect(lines[end].hasSuffix("'"))
            for line in lines[start + 1...end] { #expect(line.hasPrefix("    -"), "\(line)") }
        }
    }

    @Test func farewellIsZeroOnlyWhenNothingWasLeft() async throws {
        try await Self.pipeline { pipeline, _ in
            let outcomes: [(ServiceGroup.Outcome, code: CInt, word: String)] = [
                (.drained, 0, "everything is answered and counted"),
                (.deadlinePassed(["dispatcher", "consumers"]), 1, "work left in: dispatcher, consumers"),
                (.ended(service: "intake", error: nil), 1, "intake ended: unexpectedly"),
                (.ended(service: "intake", error: "no memory"), 1, "intake ended: no memory"),
            ]
            for (outcome, code, word) in outcomes {
                let (words, found) = farewell(pipeline, outcome)
                #expect(found == code, "\(outcome)")
                #expect(words.contains(word), "\(words)")
                #expect(words.hasSuffix(".\n"))
            }
        }
    }

    @Test func servicesStopFromTheDoorInwards() async throws {
        try await Self.pipeline { pipeline, _ in
            // The group stops them from the last to the first.
            let order = pipeline.services.map(\.name).reversed()
            #expect(
                Array(order) == [
                    "gateway", "intake", "dispatcher", "dashboard", "summary", "consumers", "ticker", "admin",
                    "legs and stores",
                ])
        }
    }

    /// A store remembers up to where it has counted. A log that was lost must not give these offsets out again: what
    /// is accepted there would never be counted.
    @Test func logThatWasLostGoesOnWhereItsStoreStands() async throws {
        let folder = try Folder()
        var settings = UpSettings()
        settings.data = folder.path
        let batch = Samples().batch(0..<3)
        for offset in [Offset(0), 3] {
            let pipeline = try UpPipeline(settings, log: Self.log)
            let side = pipeline.sides.kafka
            let (receipts, reception, applied) = (Answer<Receipts>(), Answer<Reception>(), Answer<Applied>())
            side.leg.publish(batch, receipts.done)
            #expect(try await receipts.value() == .all(.stored))
            side.leg.receive(from: offset, upTo: 3, reception.done)
            guard case .delivery(let delivery) = try await reception.value() else {
                Issue.record("nothing at \(offset)")
                break
            }
            #expect(delivery.next == offset + 3)
            let columns = Samples().columns(Int(offset)..<Int(offset) + 3)
            side.store.apply(
                CountBatch(columns: columns, recent: [], offsets: delivery.first..<delivery.next), applied.done)
            #expect(try await applied.value() == .counted([true, true, true]))
            for leg in LegName.allCases { await pipeline.sides[leg].close() }
            for end in ["", "-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: "\(folder.path)/kafka-log.db\(end)")
            }
        }
    }

    // MARK: tokens

    @Test func tokensAreReadFromTheirFile() throws {
        let folder = try Folder()
        let tokens = try readTokens(folder.file("tokens", "# ours\none\n\ntwo\n"))
        #expect(tokens.admit("Bearer one") && tokens.admit("Bearer two"))
        #expect(!tokens.admit("Bearer three"))
    }

    @Test(arguments: ["", "# nobody yet\n"]) func fileThatWouldLetEveryoneInIsRefused(_ text: String) throws {
        let folder = try Folder()
        let path = try folder.file("tokens", text)
        let error = #expect(throws: StartError.self) { try readTokens(path) }
        #expect(error?.description == "--tokens-file: \(path): there is no token in it")
    }

    @Test func fileThatIsTooLargeToBeOneOfTokensIsRefused() throws {
        let folder = try Folder()
        let path = try folder.file("tokens", String(repeating: "a", count: (1 << 20) + 1))
        let error = #expect(throws: StartError.self) { try readTokens(path) }
        #expect(error?.description.hasPrefix("--tokens-file: \(path)") == true)
    }

    @Test func fileThatIsNotThereIsNamed() {
        let error = #expect(throws: StartError.self) { try readTokens("/nowhere/tokens") }
        #expect(error?.description == "--tokens-file: /nowhere/tokens: No such file or directory")
    }
}
