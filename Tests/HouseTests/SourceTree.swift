import Foundation

/// A file of the project, as the rules see it.
struct SourceFile: Sendable {
    /// From the root of the project: `Sources/Core/Tweets/Batch.swift`.
    let path: String
    let lines: [String]

    init(path: String, text: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// `Sources/Core/Tweets` of the file above.
    var folder: String { path.split(separator: "/").dropLast().joined(separator: "/") }
    var isSource: Bool { path.hasPrefix("Sources/") }
}

/// All text files of the project.
enum SourceTree {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Neither ours nor kept: tools, builds, data.
    private static let ignored: Set = [".git", ".venv", ".tools", "data", "__pycache__", "node_modules"]
    private static let textExtensions: Set = [
        "swift", "py", "sh", "html", "md", "h", "modulemap", "yml", "yaml", "json", "txt",
    ]
    /// Text without an extension.
    private static let textNames: Set = ["Makefile", "setup", "run"]

    static let files: [SourceFile] = paths(under: root).sorted().compactMap { path in
        guard let text = try? String(contentsOf: root.appending(path: path), encoding: .utf8) else { return nil }
        return SourceFile(path: path, text: text)
    }

    static var swift: [SourceFile] { files.filter { $0.path.hasSuffix(".swift") } }

    private static func paths(under folder: URL) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.flatMap { name -> [String] in
            let url = folder.appending(path: name)
            if (try? url.resourceValues(forKeys: [.isDirectoryKey]).isDirectory) == true {
                return ignored.contains(name) || name.hasPrefix(".build") ? [] : paths(under: url)
            }
            guard textExtensions.contains(url.pathExtension) || textNames.contains(name) else { return [] }
            return [String(url.path.dropFirst(root.path.count + (root.path.hasSuffix("/") ? 0 : 1)))]
        }
    }

    /// Folders directly in `folder`, sorted.
    static func folders(in folder: String) -> [String] {
        entries(in: folder).filter {
            (try? root.appending(path: "\(folder)/\($0)").resourceValues(forKeys: [.isDirectoryKey]).isDirectory)
                == true
        }
    }

    static func entries(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)) ?? []).sorted()
    }
}
