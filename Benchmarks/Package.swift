// swift-tools-version: 6.2
import PackageDescription

// A package of its own: what is measured against is needed by nobody else. Sources of the house come in by symbolic
// links, because `package` declarations end at a package's border and a path may not leave it.

let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "benchmarks",
    targets: [
        .target(name: "Tweets", path: "Sources/Tweets", swiftSettings: house),
        .systemLibrary(name: "CLinux", path: "Sources/CLinux"),
        .systemLibrary(name: "CMicroHTTPD", path: "Sources/CMicroHTTPD"),
        .target(name: "Lifecycle", dependencies: ["CLinux"], path: "Sources/Lifecycle", swiftSettings: house),
        .target(name: "Telemetry", path: "Sources/Telemetry", swiftSettings: house),
        .target(
            name: "HTTP", dependencies: ["CMicroHTTPD", "Lifecycle", "Telemetry"], path: "Sources/HTTP",
            swiftSettings: house),
        .executableTarget(
            name: "bare-http", dependencies: ["HTTP", "Lifecycle", "Telemetry"], path: "Sources/bare-http",
            swiftSettings: house),
        // simdjson is C++: a shim with a C face. It also counts the calls of malloc.
        .target(
            name: "ReaderBenchShim", path: "Sources/ReaderBenchShim",
            cxxSettings: [.unsafeFlags(["-O3", "-march=native"])], linkerSettings: [.linkedLibrary("simdjson")]),
        .executableTarget(
            name: "reader-bench", dependencies: ["Tweets", "ReaderBenchShim"], path: "Sources/reader-bench",
            swiftSettings: house),
    ],
    cxxLanguageStandard: .cxx17
)
