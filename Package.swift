// swift-tools-version: 6.2
// The architecture as data: a module may import what stands on its line, and nothing else (Tests/lint checks it).
import PackageDescription

let package = Package(
    name: "wheelhouse",
    products: [.executable(name: "wheelhouse", targets: ["Command"])],
    targets: [
        .program("Command", uses: "Web", "Server", "HTTP", "Wheelhouse", "Storage", "Packaging", "Crypto", "Posix"),
        .module("Web", uses: "HTTP", "Wheelhouse", "Markup", "Packaging"),
        .module("Wheelhouse", uses: "Storage", "Archive", "Crypto", "Packaging", "Posix"),
        .module("Storage", uses: "Packaging", "Crypto", "Posix", "CSQLite"),
        .module("Archive", uses: "Packaging", "Crypto", "Posix", "CZlib"),
        .module("Server", uses: "HTTP", "Crypto", "Posix"),
        .module("HTTP", uses: "Posix"),
        .module("Crypto", uses: "Packaging", "COpenSSL"),
        .module("Posix", uses: "CLinux"),
        .module("Markup", uses: "CMarkdown"),
        .module("Packaging"),

        .target(name: "COpenSSL", linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
        .target(name: "CLinux"),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(
            name: "CMarkdown", pkgConfig: "libcmark-gfm",
            providers: [.apt(["libcmark-gfm-dev", "libcmark-gfm-extensions-dev"])]),

        .tests("MarkupTests", of: "Markup"),
        .tests("PackagingTests", of: "Packaging", leavingOut: ["Oracle"]),
        .tests("HTTPTests", of: "HTTP", "Posix"),
        .tests("CryptoTests", of: "Crypto", "Packaging", "CZlib", leavingOut: ["Vectors"]),
        .tests("PosixTests", of: "Posix"),
        .tests("ArchiveTests", of: "Archive", "Packaging", "Crypto", "Posix", leavingOut: ["Oracle"]),
        .tests("StorageTests", of: "Storage", "Packaging", "Crypto", "Posix", leavingOut: ["Catalogs"]),
        .tests(
            "WheelhouseTests", of: "Wheelhouse", "Storage", "Packaging", "Crypto", "Posix",
            leavingOut: ["Signatures"]),
        .tests(
            "WebTests", of: "Web", "HTTP", "Wheelhouse", "Storage", "Packaging", "Crypto", "Posix",
            leavingOut: ["Transcripts"]),
        .tests("ServerTests", of: "Server", "HTTP", "Posix"),
        .tests("CommandTests", of: "Command", "Wheelhouse", "Storage", "Packaging"),
    ],
    swiftLanguageModes: [.v6]
)

extension Target {
    /// Every check the compiler has, and every warning an error.
    static var strict: [SwiftSetting] {
        [
            .treatAllWarnings(as: .error),
            .strictMemorySafety(),
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        ]
    }

    static func module(_ name: String, uses modules: String...) -> Target {
        .target(name: name, dependencies: modules.map { .byName(name: $0) }, swiftSettings: strict)
    }

    static func program(_ name: String, uses modules: String...) -> Target {
        .executableTarget(name: name, dependencies: modules.map { .byName(name: $0) }, swiftSettings: strict)
    }

    /// `leavingOut` names folders of data and scripts, which the tests read by path.
    static func tests(_ name: String, of modules: String..., leavingOut folders: [String] = []) -> Target {
        .testTarget(
            name: name, dependencies: modules.map { .byName(name: $0) }, exclude: folders, swiftSettings: strict)
    }
}
