/// The name of a project (packaging.python.org, "Names and normalization"; PEP 503).
///
/// Equality, order and hash use the normal form: `Foo.Bar` and `foo-bar` are one project.
public struct ProjectName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The longest name that still fits a file name of 255 bytes, `{name}-0.tar.gz`.
    public static let lengthLimitBytes = 255 - 9

    /// The name as it was written.
    public let text: String

    /// The name in lower case, each run of `-`, `_` and `.` replaced by one `-`.
    public let normalized: String

    /// Takes a name as people write it.
    ///
    /// - Parameter text: ASCII letters, digits, `-`, `_` and `.`; a letter or digit at both ends; at most
    ///   ``lengthLimitBytes`` bytes. Nothing is trimmed.
    /// - Throws: `PackagingError` when `text` is anything else.
    public init(_ text: String) throws(PackagingError) {
        let bytes = text.utf8
        guard bytes.count <= Self.lengthLimitBytes else {
            throw PackagingError(
                reason: "The project name \(PackagingError.quote(text)) has \(bytes.count) bytes;"
                    + " at most \(Self.lengthLimitBytes) are allowed.")
        }
        guard let first = bytes.first, first.isAlphanumeric, let last = bytes.last, last.isAlphanumeric,
            bytes.allSatisfy({ $0.isAlphanumeric || $0.isSeparator })
        else {
            throw PackagingError(
                reason: "The project name \(PackagingError.quote(text)) is not valid: use ASCII letters, digits,"
                    + " '.', '_' and '-', with a letter or digit at both ends.")
        }
        self.text = text
        self.normalized = Self.isNormalized(text[...]) ? text : Self.normalize(text)
    }

    /// The name as it was written.
    public var description: String { text }

    /// The spelling of the name in file names: the normal form with `_` for `-` (PEP 427, PEP 625).
    public var filenameSpelling: String {
        String(decoding: normalized.utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }, as: UTF8.self)
    }

    /// The normal form after people's eyes: `l` and `i` are `1`, `o` is `0`.
    ///
    /// - Parameter joined: without its dashes too. Then names that are equal are the ones that the public index calls
    ///   too similar (its `ultranormalize_name`).
    public func confusable(joined: Bool) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(normalized.utf8.count)
        for byte in normalized.utf8 {
            switch byte {
            case UInt8(ascii: "l"), UInt8(ascii: "i"): bytes.append(UInt8(ascii: "1"))
            case UInt8(ascii: "o"): bytes.append(UInt8(ascii: "0"))
            case UInt8(ascii: "-") where joined: continue
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether `text` is a valid name in normal form. Allocates nothing.
    public static func isNormalized(_ text: Substring) -> Bool {
        // A dash may stand neither first, last nor beside another one.
        var previous = UInt8(ascii: "-")
        for byte in text.utf8 {
            let isDash = byte == UInt8(ascii: "-")
            guard byte.isLowercase || byte.isDigit || (isDash && previous != byte) else { return false }
            previous = byte
        }
        return previous != UInt8(ascii: "-")
    }

    /// Whether both are one project.
    public static func == (left: ProjectName, right: ProjectName) -> Bool {
        left.normalized == right.normalized
    }

    /// Order of the normal forms, byte by byte.
    public static func < (left: ProjectName, right: ProjectName) -> Bool {
        left.normalized < right.normalized
    }

    /// Feeds the normal form.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(normalized)
    }

    /// `text` in lower case, each run of `-`, `_` and `.` replaced by one `-`; it need not be a valid name.
    static func normalize(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            guard byte.isSeparator else {
                bytes.append(byte.lowercased)
                continue
            }
            if bytes.last != UInt8(ascii: "-") { bytes.append(UInt8(ascii: "-")) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
