import Embedded
import Foundation
import TestKit
import Testing

@Suite struct DataFolderTests {
    @Test func itIsMadeForItsOwnerOnly() throws {
        let folder = try Folder()
        let data = try DataFolder(path: folder.path + "/a/b/")
        #expect(data.path == folder.path + "/a/b")
        #expect(data.kafkaLog == folder.path + "/a/b/kafka-log.db")
        let mode = try FileManager.default.attributesOfItem(atPath: data.path)[.posixPermissions] as? Int
        #expect(mode == 0o700)
    }

    @Test func aSecondOneIsRefusedInOneLine() throws {
        let folder = try Folder()
        do {
            let first = try DataFolder(path: folder.path)
            #expect {
                _ = try DataFolder(path: folder.path)
            } throws: {
                "\($0)" == "\(folder.path): in use by process \(ProcessInfo.processInfo.processIdentifier)"
            }
            _ = first.path
        }
        _ = try DataFolder(path: folder.path)
    }

    @Test func whatCannotBeWrittenSaysWhy() throws {
        let folder = try Folder()
        try Data().write(to: URL(filePath: folder.path + "/file"))
        #expect { _ = try DataFolder(path: folder.path + "/file") } throws: { "\($0)".contains("Not a directory") }
        #expect { _ = try DataFolder(path: "/proc/none") } throws: { "\($0)".hasPrefix("/proc/none: ") }
    }
}
