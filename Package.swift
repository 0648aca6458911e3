// swift-tools-version: 6.2
import PackageDescription

/// A C library: a module map and a shim, nothing else. No `pkgConfig`: its flags overflow the linker's command line.
func library(_ name: String, apt package: String? = nil) -> Target {
    .systemLibrary(name: name, path: "Sources/C/\(name)", providers: package.map { [.apt([$0])] })
}

/// A room of the house: its floor is the folder, and it may import only from the floors below (`HouseTests` checks it).
func room(
    _ floor: String, _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []
) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(floor)/\(name)", resources: resources)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies)
}

let package = Package(
    name: "weather-tweets",
    products: [
        .executable(name: "weather-tweets", targets: ["WeatherTweets"])
    ],
    targets: [
        library("CLinux"),
        library("CMicroHTTPD", apt: "libmicrohttpd-dev"),
        library("CSQLite", apt: "libsqlite3-dev"),

        room("Foundations", "Lifecycle", ["CLinux"]),
        room("Foundations", "Settings"),
        room("Foundations", "Telemetry"),

        room("Libraries", "HTTP", ["CMicroHTTPD", "Lifecycle", "Telemetry"]),
        room("Libraries", "SQLite", ["CSQLite"]),

        room("Core", "Tweets"),
        room("Core", "Pipeline", ["Tweets"]),

        room("Adapters", "Embedded", ["Pipeline", "Tweets", "SQLite", "Lifecycle", "Telemetry"]),

        room(
            "Roles", "Gateway", ["Pipeline", "Tweets", "HTTP", "Telemetry"],
            resources: [.embedInCode("openapi.json")]),
        room(
            "Roles", "Dashboard", ["Pipeline", "Tweets", "HTTP", "Lifecycle", "Telemetry"],
            resources: ["page.html", "page.css", "page.js", "texts.js"].map { .embedInCode($0) }),
        room("Roles", "Load", ["SQLite", "Lifecycle", "Telemetry"]),

        .executableTarget(
            name: "WeatherTweets",
            dependencies: [
                "Gateway", "Dashboard", "Load", "Embedded", "Pipeline", "Tweets", "HTTP", "Settings", "Telemetry",
                "Lifecycle",
            ],
            path: "Sources/App/WeatherTweets"),

        .target(name: "TestKit", dependencies: ["Pipeline", "Tweets"], path: "Sources/TestKit"),
        tests("HouseTests", []),
        tests("FoundationsTests", ["Settings", "Telemetry", "Lifecycle"]),
        tests("TweetsTests", ["Tweets", "TestKit"]),
        tests("PipelineTests", ["Pipeline", "Tweets", "TestKit"]),
        tests("SQLiteTests", ["SQLite"]),
        tests("HTTPTests", ["HTTP", "Lifecycle", "Telemetry"]),
        tests("EmbeddedTests", ["Embedded", "Pipeline", "Tweets", "SQLite", "TestKit", "Telemetry"]),
        tests("GatewayTests", ["Gateway", "Pipeline", "Tweets", "HTTP", "TestKit", "Telemetry"]),
        tests("DashboardTests", ["Dashboard", "Pipeline", "Tweets", "HTTP", "TestKit", "Telemetry"]),
        tests("LoadTests", ["Load", "SQLite"]),
        tests(
            "AppTests",
            [
                "WeatherTweets", "Gateway", "Load", "Embedded", "Pipeline", "Tweets", "HTTP", "SQLite", "Settings",
                "Telemetry", "Lifecycle", "TestKit",
            ]),
    ]
)

// The house rules of the compiler, for every target, in one place.
let houseSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .defaultIsolation(nil),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
for target in package.targets where target.type != .system {
    target.swiftSettings = (target.swiftSettings ?? []) + houseSettings
}
