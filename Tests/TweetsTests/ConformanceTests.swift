import Foundation
import Testing
import Tweets

/// The public suite of JSON texts that parsers disagree on. It lies beside the checkout and is not copied into it.
private let suite: URL = {
    let shared = ProcessInfo.processInfo.environment["WEATHER_TWEETS_SHARED"].map { URL(filePath: $0) }
    return (shared ?? URL(filePath: #filePath).appending(path: "../../../../shared").standardized)
        .appending(path: "json-test-suite/test_parsing")
}()

private func names() -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: suite.path())) ?? []).filter { $0.hasSuffix(".json") }
}

@Suite(.enabled(if: !names().isEmpty, "skipped: there is no folder shared/json-test-suite beside the checkout"))
struct ConformanceTests {
    @Test func everyFile() throws {
        #expect(names().count > 300)
        for name in names() {
            let bytes = [UInt8](try Data(contentsOf: suite.appending(path: name)))
            let outcome = read(bytes)
            let isMalformed = outcome.error?.kind == .malformed
            if name.hasPrefix("n_") { #expect(isMalformed, "\(name)") }
            if name.hasPrefix("y_") {
                #expect(!isMalformed, "\(name)")
                // And as a member that is skipped.
                let tweet =
                    Array(#"{"x":"#.utf8) + bytes + Array(#","country":"GT","weather":"rainy","description":"d"}"#.utf8)
                #expect(read(tweet).single != nil, "\(name)")
            }
            #expect(outcome.batch.isEmpty, "\(name)")
        }
    }
}
