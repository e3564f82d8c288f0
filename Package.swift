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
  .target(name: name, dependencies: dependencies, path: path, exclude: exclude, swiftSettings: strict)
}

func program(_ name: String, _ path: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: dependencies, path: "Tests/\(name)", exclude: exclude, swiftSettings: strict)
}

func library(_ name: String, _ path: String, pkgConfig: String?, apt: String) -> Target {
  .systemLibrary(name: name, path: path, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let package = Package(
  name: "bangban",
  products: [],
  dependencies: [],
  targets: [
    // The toolchain's neighbours: C libraries from Debian, each imported by one wrapper only.
    library("CSQLite", "Shared/CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
    library("COpenSSL", "Shared/COpenSSL", pkgConfig: "libcrypto", apt: "libssl-dev"),
    library("CZlib", "Shared/CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
    // Headers only: Transport loads libcurl when the first request is made (see Client/CCurl/shim.h).
    library("CCurl", "Client/CCurl", pkgConfig: nil, apt: "libcurl4-openssl-dev"),
    library("CMicroHTTPD", "Server/CMicroHTTPD", pkgConfig: "libmicrohttpd", apt: "libmicrohttpd-dev"),
    // Headers only: the kernel's keyring through plain system calls.
    library("CKeyring", "Client/CKeyring", pkgConfig: nil, apt: "libc6-dev"),

    // Shared: the same code on both ends.
    module("Foundations", "Shared/Foundations", []),
    module("Cryptography", "Shared/Cryptography", ["Foundations", "COpenSSL"]),
    module("Wire", "Shared/Wire", ["Foundations", "CZlib"]),
    module("Replication", "Shared/Replication", ["Foundations", "Cryptography", "Wire"]),
    module("Application", "Shared/Application", ["Foundations", "Cryptography", "Wire", "Replication"]),
    module("Catalog", "Shared/Catalog", ["Foundations", "Application"], exclude: ["BuiltIn"]),

    // Tests.
    tests("Codes", ["Application", "Foundations"]),
    tests("Calendar", ["Catalog", "Foundations"]),
    tests("Form", ["Catalog", "Application", "Foundations"]),

    // Client.
    module("Keyring", "Client/Keyring", ["Foundations", "CKeyring"]),
    module("Transport", "Client/Transport", ["Foundations", "CCurl"]),

    // Server.
    module("HTTP", "Server/HTTP", ["Foundations", "CMicroHTTPD"]),

    tests("HTTP", ["HTTP", "Transport", "Foundations"]),
    tests("Transport", ["Transport", "HTTP", "Foundations"]),
    tests("Keyring", ["Keyring", "Foundations"]),
  ]
)
