/// What a wheel says about its form, in the file `WHEEL` (packaging.python.org, "Binary distribution format"; PEP 427).
public struct WheelMetadata: Sendable {
    /// The longest file: room for some hundred tags.
    public static let sizeLimitBytes = 64 << 10
    /// The most tags, compressed sets expanded.
    public static let tagCountLimit = 16_384

    /// `Wheel-Version` as it was written, such as `1.0`.
    public let wheelVersion: String
    /// The `Tag` lines in lower case, compressed sets expanded: `py3-none-any`.
    public let tags: Set<String>
    /// The build tag; `nil` when it is absent.
    public let build: String?

    /// Reads a file.
    ///
    /// - Throws: `PackagingError` when it is longer than ``sizeLimitBytes``, not UTF-8, has no `Wheel-Version`, or one
    ///   whose first number is not 1: an installer may not install such a wheel.
    public init(_ bytes: [UInt8]) throws(PackagingError) {
        guard bytes.count <= Self.sizeLimitBytes else {
            throw PackagingError(
                reason: "The file WHEEL has \(bytes.count) bytes; at most \(Self.sizeLimitBytes) are allowed.")
        }
        let message = try HeaderMessage(bytes, document: "The file WHEEL", fieldCountLimit: 4096)
        guard let version = message.values("Wheel-Version").first?.trimmedWhitespace, !version.isEmpty else {
            throw PackagingError(reason: "The file WHEEL has no Wheel-Version; it must be 1.0.")
        }
        let parts = version.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isDigit) }),
            parts[0].elementsEqual("1".utf8)
        else {
            throw PackagingError(
                reason: "Wheel-Version is \(PackagingError.quote(version)); installers know versions 1.x only.")
        }
        wheelVersion = version
        tags = try Self.expanded(message.values("Tag"))
        build = message.values("Build").first?.trimmedWhitespace
    }

    private static func expanded(_ lines: [String]) throws(PackagingError) -> Set<String> {
        var tags: Set<String> = []
        var work = 0
        for line in lines {
            let sets = line.trimmedWhitespace.lowercasedASCII.utf8.split(
                separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
            guard sets.count == 3 else {
                throw PackagingError(
                    reason: "The file WHEEL has the tag \(PackagingError.quote(line)); a tag has three parts, such as"
                        + " py3-none-any.")
            }
            let parts = sets.map { $0.split(separator: UInt8(ascii: ".")).map { String(Substring($0)) } }
            work += parts.reduce(1) { $0 * $1.count }
            guard work <= tagCountLimit else {
                throw PackagingError(reason: "The file WHEEL has more tags than the \(tagCountLimit) that are allowed.")
            }
            tags.formUnion(WheelFilename.product(parts[0], parts[1], parts[2]))
        }
        return tags
    }
}

extension WheelFilename {
    /// Every tag that the file name stands for, in lower case: `py2-none-any`, `py3-none-any` for `py2.py3-none-any`
    /// (PEP 425, "Compressed tag sets").
    public var tags: Set<String> { Self.product(pythonTags, abiTags, platformTags) }

    static func product(_ pythons: [String], _ abis: [String], _ platforms: [String]) -> Set<String> {
        var tags: Set<String> = []
        for python in pythons {
            for abi in abis {
                for platform in platforms { tags.insert("\(python)-\(abi)-\(platform)") }
            }
        }
        return tags
    }
}
