import Testing

/// The floors of `Sources/`, as the design draws them.
@Suite struct LayeringTests {
    private let rooms = House.rooms(of: SourceTree.files)
    private let manifest: Manifest

    init() throws {
        let file = try #require(SourceTree.files.first { $0.path == "Package.swift" })
        manifest = Manifest(text: file.lines.joined(separator: "\n"))
    }

    @Test func everyRoomImportsOnlyWhatIsBelow() {
        let findings = House.findings(rooms, cModules: manifest.cModules)
        #expect(findings.isEmpty, "\n\(findings.joined(separator: "\n"))")
    }

    @Test func everyFloorIsKnown() {
        let folders = Set(SourceTree.folders(in: "Sources"))
        #expect(folders.isSubset(of: Set(Layers.below.keys).union(["TestKit"])))
    }

    /// Wherever a C library is used, one target makes it safe.
    @Test func everyCModuleHasOneImporter() {
        let tests = SourceTree.swift.filter { !$0.isSource && $0.path.hasPrefix("Tests/") }
        let byTests = Set(tests.flatMap { House.imports(in: $0.lines) })
        for module in manifest.cModules.sorted() {
            let importers = rooms.filter { $0.imports.contains(module) }.map(\.name)
            #expect(importers.count == 1, "\(module) is imported by \(importers)")
            #expect(!byTests.contains(module), "a test imports \(module)")
        }
    }

    @Test func cFoldersHoldAModuleMapAndAShim() {
        #expect(SourceTree.folders(in: "Sources/C") == manifest.cModules.sorted())
        for module in manifest.cModules {
            #expect(SourceTree.entries(in: "Sources/C/\(module)") == ["module.modulemap", "shim.h"], "\(module)")
        }
    }

    @Test func theManifestAgreesWithTheFolders() {
        let folders = rooms.map { $0.floor == $0.name ? "Sources/\($0.name)" : "Sources/\($0.floor)/\($0.name)" }
        #expect(manifest.targets.map(\.path).sorted() == folders.sorted())
        #expect(manifest.tests.keys.sorted() == SourceTree.folders(in: "Tests").filter { $0.hasSuffix("Tests") })
    }

    /// Neither more nor less: an undeclared import may build today and not tomorrow, an unused one misleads.
    @Test func dependenciesAreWhatIsImported() {
        let ours = Set(manifest.targets.map(\.name)).union(manifest.cModules)
        for room in rooms {
            let declared = manifest.targets.first { $0.name == room.name }?.dependencies ?? []
            let imported = room.imports.intersection(ours)
            #expect(declared == imported, "\(room.name)")
        }
    }
}

/// The rules can fail.
@Suite struct LayersTests {
    private func findings(_ room: String, _ imported: String, on floor: String) -> [String] {
        let rooms = [
            Room(floor: floor, name: room, imports: [imported]),
            Room(floor: "Core", name: "Tweets", imports: []),
            Room(floor: "Libraries", name: "HTTP", imports: []),
            Room(floor: "Foundations", name: "Settings", imports: []),
            Room(floor: "Foundations", name: "Telemetry", imports: []),
            Room(floor: "Adapters", name: "Embedded", imports: []),
        ].reduce(into: [Room]()) { rooms, next in
            if !rooms.contains(where: { $0.name == next.name }) { rooms.append(next) }
        }
        return House.findings(rooms, cModules: ["CSQLite"])
    }

    @Test(arguments: [
        ("Roles", "Gateway", "HTTP"), ("Roles", "Gateway", "Tweets"), ("Core", "Pipeline", "Tweets"),
        ("Libraries", "SQLite", "CSQLite"),
        ("Libraries", "SQLite", "Telemetry"), ("Adapters", "Embedded", "Glibc"), ("App", "WeatherTweets", "Settings"),
    ])
    func allowed(floor: String, room: String, imported: String) { #expect(findings(room, imported, on: floor) == []) }

    @Test(arguments: [
        ("Roles", "Gateway", "CSQLite"), ("Roles", "Gateway", "Embedded"), ("Roles", "Gateway", "Settings"),
        ("Core", "Pipeline", "Telemetry"), ("Core", "Pipeline", "Glibc"), ("Core", "Tweets", "Synchronization"),
        ("Foundations", "Telemetry", "Settings"), ("Libraries", "HTTP", "Tweets"),
        ("Adapters", "Embedded", "Foundation"),
    ])
    func refused(floor: String, room: String, imported: String) {
        #expect(findings(room, imported, on: floor).count == 1)
    }

    @Test func importsAreFound() {
        let lines = [
            "import A", "package import B", "@testable import C", "import struct D.timeval", "// import E",
            "let a = \"import F\"",
            "important()",
        ]
        #expect(House.imports(in: lines) == ["A", "B", "C", "D"])
    }

    @Test func manifestsAreRead() {
        let manifest = Manifest(
            text: """
                func room(_ floor: String) -> Target { .target(name: name, path: "Sources/\\(floor)") }
                library("CSQLite", apt: "libsqlite3-dev"),
                room("Core", "Tweets"),
                room(
                    "Roles", "Gateway", ["Tweets", "HTTP"], resources: [.embedInCode("page.html")]),
                .executableTarget(name: "App", dependencies: ["Gateway"], path: "Sources/App/App"),
                tests("HouseTests", []),
                tests("GatewayTests", ["Gateway"]),
                """)
        #expect(manifest.cModules == ["CSQLite"])
        #expect(
            manifest.targets == [
                .init(path: "Sources/Core/Tweets", name: "Tweets", dependencies: []),
                .init(path: "Sources/Roles/Gateway", name: "Gateway", dependencies: ["Tweets", "HTTP"]),
                .init(path: "Sources/App/App", name: "App", dependencies: ["Gateway"]),
            ])
        #expect(manifest.tests == ["HouseTests": [], "GatewayTests": ["Gateway"]])
    }
}
