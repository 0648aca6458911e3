/// The floors of the house and who may import whom; docs of the design: "The house".
enum Layers {
    /// What a whole floor may import: other floors.
    static let below: [String: Set<String>] = [
        "App": ["Roles", "Adapters", "Core", "Foundations", "Libraries"],
        "Roles": ["Core", "Foundations", "Libraries"],
        "Adapters": ["Core", "Foundations", "Libraries"],
        "Core": [],
        "Libraries": ["C"],
        "Foundations": ["C"],
        "C": [],
    ]

    /// Single rooms that may import beside that, by name.
    static let exceptions: Set<[String]> = [
        ["Pipeline", "Tweets"],
        ["HTTP", "Lifecycle"], ["HTTP", "Telemetry"], ["SQLite", "Lifecycle"], ["SQLite", "Telemetry"],
        ["TestKit", "Pipeline"], ["TestKit", "Tweets"],
    ]

    /// Of the toolchain.
    static let system: Set = ["Glibc", "Synchronization", "Dispatch"]

    /// Tweets are pure values; decisions know no clock and no socket.
    static let systemOfRoom: [String: Set<String>] = [
        "Tweets": [], "Pipeline": ["Synchronization"], "TestKit": ["Synchronization", "Testing"],
    ]

    /// Rooms below get plain structs: only the executable knows of flags and variables.
    static let onlyFor: [String: String] = ["Settings": "WeatherTweets"]
}

/// A folder of Swift files that is a target.
struct Room: Sendable {
    let floor: String
    let name: String
    let imports: Set<String>
}

enum House {
    /// `Sources/FLOOR/ROOM`, and `Sources/TestKit`, which stands beside the house.
    static func rooms(of files: [SourceFile]) -> [Room] {
        let sources = files.filter { $0.isSource && $0.path.hasSuffix(".swift") && !$0.path.hasPrefix("Sources/C/") }
        return Dictionary(grouping: sources) { file in
            let parts = file.path.split(separator: "/").map(String.init)
            return parts[1] == "TestKit" ? [parts[1], parts[1]] : Array(parts[1...2])
        }.map { place, files in
            Room(floor: place[0], name: place[1], imports: Set(files.flatMap { imports(in: $0.lines) }))
        }.sorted { ($0.floor, $0.name) < ($1.floor, $1.name) }
    }

    /// The modules that a file imports.
    static func imports(in lines: [String]) -> [String] {
        SwiftCode.lines(of: lines).compactMap { line in
            let words = line.split(separator: " ")
            guard let place = words.firstIndex(of: "import"), words[..<place].allSatisfy(isModifier) else { return nil }
            // `import struct Glibc.timeval`
            let name = words[(place + 1)...].first {
                !["struct", "class", "enum", "func", "var", "protocol"].contains($0)
            }
            return name?.split(separator: ".").first.map(String.init)
        }
    }

    private static func isModifier(_ word: Substring) -> Bool {
        word.hasPrefix("@") || ["public", "package", "internal", "private", "fileprivate"].contains(word)
    }

    /// What is wrong with who imports whom.
    static func findings(_ rooms: [Room], cModules: Set<String>) -> [String] {
        let floors = Dictionary(uniqueKeysWithValues: rooms.map { ($0.name, $0.floor) } + cModules.map { ($0, "C") })
        return rooms.flatMap { room in
            room.imports.sorted().compactMap { imported -> String? in
                let finding = "\(room.floor)/\(room.name) imports \(imported)"
                guard let floor = floors[imported] else {
                    let allowed = Layers.systemOfRoom[room.name] ?? Layers.system
                    return allowed.contains(imported) ? nil : finding + ": not a module it may use"
                }
                if let only = Layers.onlyFor[imported], only != room.name { return finding + ": only \(only) may" }
                if Layers.exceptions.contains([room.name, imported]) { return nil }
                return Layers.below[room.floor, default: []].contains(floor) ? nil : finding + ", which is not below it"
            }
        } + oneLibraryARole(rooms, floors)
    }

    private static func oneLibraryARole(_ rooms: [Room], _ floors: [String: String]) -> [String] {
        rooms.filter { $0.floor == "Roles" }.compactMap { room in
            let libraries = room.imports.filter { floors[$0] == "Libraries" }.sorted()
            return libraries.count < 2 ? nil : "Roles/\(room.name) knows more than one library: \(libraries)"
        }
    }
}
