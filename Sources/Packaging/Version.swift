/// A version of a project (PEP 440).
///
/// Equality, order and hash use PEP 440's order: `1.0` equals `1.0.0`, although their normal forms differ.
public struct Version: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The longest version, without white space around it; as long as a file name may be. Also keeps the count of
    /// digits of one number within a byte of the order key.
    public static let lengthLimitBytes = 255

    /// The normal form, such as `1!2.0rc1.post2.dev3+local.4`. Trailing zeros of the release are kept.
    public let description: String

    /// The normal form without trailing zeros of the release. Two uploads whose versions have the same identity belong
    /// to one release; it is equal exactly when the versions are.
    public let identity: String

    /// Whether the version has a pre-release (`a`, `b`, `rc`) or `dev` part.
    public let isPrerelease: Bool

    /// Whether the version has a `post` part.
    public let isPostrelease: Bool

    /// Whether the version has a local version label (`+…`), which public indexes refuse.
    public let hasLocal: Bool

    private let key: [UInt8]

    /// Reads any spelling that PEP 440 allows; white space around it is ignored.
    ///
    /// - Throws: `PackagingError` when `text` is not a version or longer than ``lengthLimitBytes``.
    public init(_ text: String) throws(PackagingError) {
        let bytes = Array(text.utf8).trimmingWhitespace()
        guard bytes.count <= Self.lengthLimitBytes else {
            throw PackagingError(
                reason: "The version \(PackagingError.quote(text)) has \(bytes.count) bytes;"
                    + " at most \(Self.lengthLimitBytes) are allowed.")
        }
        guard let parts = VersionParts(bytes) else {
            throw PackagingError(
                reason: "The version \(PackagingError.quote(text)) is not valid: PEP 440 allows numbers joined by dots,"
                    + " then a, b or rc, then .post, then .dev, then +local, such as 1.0, 2.1rc1 or 1.0.post2+cpu.")
        }
        self.init(parts)
    }

    /// The version with these parts.
    init(_ parts: VersionParts) {
        description = parts.normalForm()
        let endsInZero = parts.release.count > 1 && parts.release.last == VersionParts.zero
        identity = endsInZero ? parts.normalForm(trimmed: true) : description
        isPrerelease = parts.isPrerelease
        isPostrelease = parts.post != nil
        hasLocal = !parts.local.isEmpty
        key = parts.orderKey
    }

    /// Whether both are the same release.
    public static func == (left: Version, right: Version) -> Bool {
        left.key == right.key
    }

    /// PEP 440's order.
    public static func < (left: Version, right: Version) -> Bool {
        left.key.lexicographicallyPrecedes(right.key)
    }

    /// Feeds the order key.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(key)
    }
}
