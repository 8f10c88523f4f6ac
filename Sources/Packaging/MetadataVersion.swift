/// The version of the core metadata format that a file follows (packaging.python.org, "Core metadata specifications").
public struct MetadataVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The first number. Files of another one than 1 and 2 cannot be read (same place: "must fail").
    public let major: Int
    /// The second number.
    public let minor: Int

    /// The newest version that this program knows.
    public static let newest = MetadataVersion(2, 6)
    /// The first version whose fields are static unless `Dynamic` names them (PEP 643).
    public static let firstWithDynamic = MetadataVersion(2, 2)
    /// The first version that defines `License-File` (PEP 639).
    public static let firstWithLicenseFiles = MetadataVersion(2, 4)

    /// The version with these numbers; ``init(_:)`` checks them.
    init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Reads `1.0`, `1.1`, `1.2`, `2.0` or any later `2.…`: 2.0 never was a standard but is found in old wheels, and a
    /// later minor version only adds fields.
    ///
    /// - Throws: `PackagingError` for any other text.
    public init(_ text: String) throws(PackagingError) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isPlain = parts.count == 2 && parts.allSatisfy { (1...2).contains($0.count) && $0.allSatisfy(\.isDigit) }
        guard isPlain, let major = Int(Substring(parts[0])), let minor = Int(Substring(parts[1])),
            major == 2 || (major == 1 && minor <= 2), text == "\(major).\(minor)"
        else {
            throw PackagingError(
                reason: "Metadata-Version is \(PackagingError.quote(text)); it must be 1.0, 1.1, 1.2 or 2.1 to"
                    + " \(Self.newest).")
        }
        self.init(major, minor)
    }

    /// Whether the file may have fields that this program does not know, which is worth a warning (same place).
    public var isNewerThanKnown: Bool { self > Self.newest }

    /// Such as `2.4`.
    public var description: String { "\(major).\(minor)" }

    /// Whether one was published before the other.
    public static func < (left: MetadataVersion, right: MetadataVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}
