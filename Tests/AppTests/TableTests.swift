import Foundation
import Load
import Testing

@testable import Settings
@testable import WeatherTweets

/// The tables of settings, from which flags, variables, help and the reference page come.
@Suite struct TableTests {
    /// What is wrong with a table and its defaults.
    /// - Parameter needed: settings that have no default.
    private static func findings<Root: Sendable>(
        _ table: SettingTable<Root>, _ defaults: Root, needed: Set<String> = []
    ) -> [String] {
        var findings: [String] = []
        for row in table.all {
            let shown = row.show(defaults)
            var copy = defaults
            do throws(Unexpected) {
                try row.apply(&copy, shown)
                if needed.contains(row.name) { findings.append("\(row.flag) is not needed: '\(shown)' will do") }
                if row.show(copy) != shown { findings.append("\(row.flag): '\(shown)' became '\(row.show(copy))'") }
            } catch  where needed.contains(row.name) {
            } catch {
                findings.append("\(row.flag): its default '\(shown)' is not \(error.expected)")
            }
            let words = row.summary
            if words.isEmpty || words.hasSuffix(".") || words.contains("\n") || words.first?.isLowercase == true {
                findings.append("\(row.flag): a summary is one line, without a full stop")
            }
            if row.placeholder?.isEmpty == true { findings.append("\(row.flag) has no placeholder") }
            if !row.discussion.isEmpty, !row.discussion.hasSuffix(".") {
                findings.append("\(row.flag): a discussion is sentences")
            }
        }
        for (what, names) in [("flag", table.all.map(\.flag)), ("variable", table.all.map(\.variable))] {
            let twice = Dictionary(grouping: names, by: \.self).filter { $0.value.count > 1 }
            for name in twice.keys { findings.append("the \(what) \(name) is there twice") }
        }
        for flag in table.all.map(\.flag) where flag == "--help" { findings.append("\(flag) is every command's") }
        return findings
    }

    @Test func tablesAreSound() {
        #expect(Self.findings(UpSettings.table, UpSettings()) == [])
        #expect(Self.findings(LoadSettings.table, LoadSettings()) == [])
        #expect(Self.findings(AuditSettings.table, .usual, needed: ["ledger"]) == [])
    }

    @Test func defaultsPassTheRules() {
        #expect(UpSettings.table.rules(UpSettings()) == [])
        #expect(LoadSettings.table.rules(LoadSettings()) == [])
        #expect(AuditSettings.table.rules(.usual).map(\.place) == ["--ledger"])
    }

    @Test func auditLooksWhereUpKeeps() {
        #expect(AuditSettings.usual.data == UpSettings().data)
    }

    /// One environment serves all commands, so a variable that two of them read must mean the same to both.
    @Test func commandsShareOnlyTheVariablesThatMeanTheSame() {
        let tables = [
            UpSettings.table.all.map(\.variable), LoadSettings.table.all.map(\.variable),
            AuditSettings.table.all.map(\.variable),
        ]
        let shared = Dictionary(grouping: tables.joined(), by: \.self).filter { $0.value.count > 1 }.keys
        #expect(shared.sorted() == ["DATA", "JSON", "LEDGER", "QUIET"].map { "WEATHER_TWEETS_" + $0 })
    }

    @Test func referencePageIsUpToDate() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let page = try String(contentsOfFile: "/\(root)/docs/configuration.md", encoding: .utf8)
        let isCurrent = page == reference()
        #expect(isCurrent, "docs/configuration.md is out of date: make docs")
        for row in UpSettings.table.all { #expect(page.contains("`\(row.variable)`"), "\(row.flag)") }
    }

    @Test func helpFitsATerminal() {
        let texts = [program.help()] + program.commands.map { $0.help(program: program.name) }
        for line in texts.joined(separator: "\n").split(separator: "\n") {
            #expect(line.count <= 80, "\(line)")
        }
    }
}
