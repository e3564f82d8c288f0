// swift-tools-version: 6.2
// Bangban 帮办. One target a folder, arrows only downwards; Tests/Tidy checks both against this file.
import PackageDescription

/// What every Swift target is compiled with. Warnings are errors, so that none is ever lived with.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("InferIsolatedConformances"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

func module(_ name: String, _ path: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .target(
    name: name, dependencies: dependencies, path: path, exclude: exclude,
    swiftSettings: strict + (alwaysFast.contains(name) ? [.unsafeFlags(["-O"], .when(configuration: .debug))] : []))
}

/// What everything else goes through for every value: compiled for speed in tests, too, which take half as long again
/// without.
let alwaysFast: Set = ["Foundations", "Wire"]

/// A program. What is released carries the Swift runtime inside: it starts at once, and no toolchain need be installed.
/// The parts of FoundationEssentials are named because a program that imports it only through modules does not.
func program(_ name: String, _ path: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies, path: path,
    swiftSettings: strict + [.unsafeFlags(["-static-stdlib"], .when(configuration: .release))],
    linkerSettings: [
      .unsafeFlags(
        ["-static-stdlib", "-use-ld=lld", "-l_FoundationCollections", "-l_FoundationCShims", linking],
        .when(configuration: .release))
    ])
}

/// Where released programs find the C++ library of the Swift runtime first: linked in, it costs nothing at the start.
let linking = "-L" + Context.packageDirectory + "/Shared/Linking"

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: dependencies, path: "Tests/\(name)", exclude: exclude, swiftSettings: strict)
}

func library(_ name: String, _ path: String, pkgConfig: String?, apt: String) -> Target {
  .systemLibrary(name: name, path: path, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let package = Package(
  name: "bangban",
  products: [
    .executable(name: "bangban", targets: ["CommandLine"]),
    .executable(name: "bangban-server", targets: ["Daemon"]),
    .executable(name: "bangban-window-sample", targets: ["WindowSample"]),
    .executable(name: "simulate", targets: ["Simulate"]),
  ],
  dependencies: [],
  targets: [
    // The toolchain's neighbours: C libraries from Debian, each imported by one wrapper only.
    library("CSQLite", "Shared/CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
    library("COpenSSL", "Shared/COpenSSL", pkgConfig: "libcrypto", apt: "libssl-dev"),
    library("CGcrypt", "Shared/CGcrypt", pkgConfig: "libgcrypt", apt: "libgcrypt20-dev"),
    library("CZlib", "Shared/CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
    // Headers only: Transport loads libcurl when the first request is made (see Shared/CCurl/shim.h).
    library("CCurl", "Shared/CCurl", pkgConfig: nil, apt: "libcurl4-openssl-dev"),
    library("CMicroHTTPD", "Server/CMicroHTTPD", pkgConfig: "libmicrohttpd", apt: "libmicrohttpd-dev"),
    // Headers only: the kernel's keyring through plain system calls.
    library("CKeyring", "Client/CKeyring", pkgConfig: nil, apt: "libc6-dev"),

    // Shared: the same code on both ends.
    module("Foundations", "Shared/Foundations", []),
    module("Cryptography", "Shared/Cryptography", ["Foundations", "COpenSSL", "CGcrypt"]),
    module("SQLite", "Shared/SQLite", ["Foundations", "CSQLite"]),
    module("Wire", "Shared/Wire", ["Foundations", "CZlib"]),
    module("Replication", "Shared/Replication", ["Foundations", "Cryptography", "Wire"]),
    module("Application", "Shared/Application", ["Foundations", "Cryptography", "Wire", "Replication"]),
    module("Catalog", "Shared/Catalog", ["Foundations", "Wire", "Replication", "Application"], exclude: ["BuiltIn"]),
    module(
      "Documents", "Shared/Documents", ["Foundations", "Replication", "Application", "Catalog"]),
    module("Terminal", "Shared/Terminal", ["Foundations", "Application", "Catalog"]),
    module("Transport", "Shared/Transport", ["Foundations", "CCurl"]),

    // Client.
    module("Keyring", "Client/Keyring", ["Foundations", "CKeyring"]),
    module(
      "CaptureStore", "Client/CaptureStore",
      ["Foundations", "Cryptography", "SQLite", "Wire", "Replication", "Application", "Catalog", "Keyring"]),
    module(
      "Synchronizer", "Client/Synchronizer",
      ["Foundations", "Cryptography", "Wire", "Replication", "CaptureStore", "Transport"]),
    module(
      "Assistant", "Client/Assistant",
      [
        "Foundations", "Cryptography", "SQLite", "Replication", "Application", "Catalog", "Documents",
        "CaptureStore", "Synchronizer",
      ]),
    program(
      "CommandLine", "Client/CommandLine",
      ["Foundations", "Application", "Catalog", "Terminal", "Assistant", "Transport"]),

    // Server.
    module(
      "Journal", "Server/Journal",
      ["Foundations", "Cryptography", "SQLite", "Wire", "Replication", "Application"]),
    module(
      "Casework", "Server/Casework",
      [
        "Foundations", "Cryptography", "SQLite", "Wire", "Replication", "Application", "Catalog", "Documents",
        "Journal",
      ]),
    module("HTTP", "Server/HTTP", ["Foundations", "CMicroHTTPD"]),
    module(
      "API", "Server/API",
      ["Foundations", "Cryptography", "Wire", "Replication", "Application", "Journal", "Casework", "HTTP"]),
    module("Webhook", "Server/Webhook", ["Foundations", "Cryptography"]),
    module(
      "Forwarding", "Server/Forwarding", ["Foundations", "Journal", "Casework", "Transport", "Webhook"]),
    program("WindowSample", "Server/WindowSample", ["Foundations", "HTTP", "Webhook"]),
    program(
      "Daemon", "Server/Daemon",
      [
        "Foundations", "Cryptography", "SQLite", "Replication", "Application", "Catalog", "Terminal", "Journal",
        "Casework", "HTTP", "API", "Forwarding", "Webhook",
      ]),

    // Tests: one folder a module.
    tests("Tidy", []),
    module("TestValues", "Tests/Values", ["Foundations"]),
    module("TestNetwork", "Tests/Network", ["Foundations"]),
    module(
      "Decoders", "Tests/Decoders",
      [
        "TestValues", "Forwarding", "Webhook", "Transport", "Catalog", "Application", "Replication", "Wire",
        "Cryptography", "Foundations",
      ]),
    tests(
      "Fuzz",
      [
        "Decoders", "CommandLine", "Assistant", "Daemon", "WindowSample", "Casework", "HTTP", "Terminal", "Catalog",
        "Application", "Replication", "Wire", "Foundations",
      ]),
    tests("Foundations", ["TestValues", "Foundations"]),
    tests("Wire", ["TestValues", "Wire", "Foundations"]),
    tests("Replication", ["TestValues", "Replication", "Wire", "Cryptography", "Foundations"]),
    tests("Application", ["TestValues", "Application", "Replication", "Wire", "Cryptography", "Foundations"]),
    tests("Cryptography", ["Cryptography", "Foundations"]),
    tests("SQLite", ["SQLite", "Foundations"]),
    tests("HTTP", ["HTTP", "Transport", "Foundations"]),
    tests("Transport", ["Transport", "HTTP", "Wire", "Foundations"]),
    tests(
      "Forwarding",
      [
        "TestSupport", "Forwarding", "Webhook", "WindowSample", "Casework", "Journal", "HTTP", "Transport",
        "Foundations",
      ]),
    tests("Keyring", ["Keyring", "Foundations"]),
    module(
      "TestSupport", "Tests/Support",
      [
        "TestValues", "Casework", "Journal", "Catalog", "Application", "Replication", "Wire", "Cryptography",
        "Foundations",
      ]),
    // One process, one thread, one seed: the real code of both ends under every fault.
    module("SimulatedDisk", "Tests/Simulator/Disk", ["Foundations", "CSQLite"]),
    module(
      "Simulation", "Tests/Simulator/World",
      [
        "TestValues", "SimulatedDisk", "Assistant", "Synchronizer", "CaptureStore", "SQLite", "API", "HTTP",
        "Forwarding", "Casework", "Journal", "Catalog", "Application", "Replication", "Wire", "Cryptography",
        "Transport", "Foundations",
      ]),
    program("Simulate", "Tests/Simulator/Program", ["Simulation", "Foundations"]),
    tests("Simulation", ["TestValues", "Simulation", "SimulatedDisk", "SQLite", "Foundations"]),
    program(
      "Benchmarks", "Tests/Benchmarks",
      [
        "TestValues", "TestNetwork", "TestSupport", "CaptureStore", "Casework", "Journal", "Catalog", "Application",
        "Replication", "Wire", "Cryptography", "SQLite", "Transport", "Foundations",
      ]),
    tests(
      "Casework",
      [
        "TestSupport", "Casework", "Journal", "Documents", "Catalog", "Application", "Replication", "Wire",
        "Cryptography",
        "SQLite",
        "Foundations",
      ]),
    tests(
      "Journal",
      ["TestSupport", "Journal", "SQLite", "Application", "Replication", "Wire", "Cryptography", "Foundations"]),
    tests("Codes", ["TestValues", "Application", "Foundations"]),
    tests("Calendar", ["Catalog", "Application", "Foundations"]),
    tests(
      "Rules",
      ["Documents", "Catalog", "Application", "Replication", "Wire", "Cryptography", "Foundations"]),
    tests("Form", ["TestValues", "Catalog", "Foundations"]),
    tests("Catalog", ["TestValues", "Catalog", "Foundations"]),
    tests(
      "CaptureStore",
      [
        "TestValues", "CaptureStore", "Foundations", "Cryptography", "SQLite", "Wire", "Replication", "Application",
        "Keyring",
      ]),
    tests(
      "Assistant",
      [
        "TestNetwork", "TestSupport", "Assistant", "Synchronizer", "CaptureStore", "Foundations", "Cryptography",
        "Replication", "Application", "Catalog", "Casework", "Journal", "HTTP", "API", "Wire",
      ]),
    tests("CommandLine", ["CommandLine", "Foundations", "Catalog", "Terminal", "Assistant"]),
    tests(
      "Daemon",
      [
        "Daemon", "API", "Casework", "Journal", "Catalog", "Replication", "Cryptography", "SQLite", "Terminal",
        "Transport", "Foundations",
      ]),
    // The programs are what it starts.
    tests(
      "EndToEnd",
      [
        "TestValues", "TestNetwork", "CommandLine", "Daemon", "WindowSample", "HTTP", "Replication", "Wire", "SQLite",
        "Application", "Transport", "Foundations",
      ]),
  ]
)

// libFuzzer brings its own main and an instrumentation of its own: its entry is built by Tests/campaign alone.
if Context.environment["BANGBAN_FUZZER"] != nil {
  package.targets.append(module("Fuzzer", "Tests/Fuzzer", ["Decoders"]))
}
