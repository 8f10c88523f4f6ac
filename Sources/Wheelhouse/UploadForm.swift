import Packaging
import Storage

/// The fields of an upload form that the index uses (legacy upload API; field names as in its body).
///
/// Other fields are metadata that the archive itself holds.
public struct UploadForm: Sendable {
    /// Fields that are kept; the bytes of others need not be.
    public static let usedFields: Set<String> = [
        ":action", "protocol_version", "metadata_version", "name", "version", "filetype", "pyversion",
        "requires_python", "md5_digest", "sha256_digest", "blake2_256_digest",
    ]
    /// The longest value of a field that is used, in bytes.
    public static let fieldLimitBytes = 16 << 10

    private static let kinds: [String: ArchiveKind] = ["sdist": .sdist, "bdist_wheel": .wheel]

    private var values: [String: String] = [:]

    /// An empty form.
    public init() {}

    /// Adds a field. Order carries no meaning: twine's is random, uv sends fields after the content.
    ///
    /// - Throws: `IndexError.invalid` for a field that was there before, or a value with a NUL.
    public mutating func add(_ name: String, _ text: String) throws(IndexError) {
        guard Self.usedFields.contains(name) else { return }
        guard !text.utf8.contains(0) else { throw IndexError(.invalid, "Field '\(name)' contains a NUL byte") }
        // Empty values and UNKNOWN mean that the field is absent.
        let value = text.trimmedASCIIWhitespace
        guard !value.isEmpty, value != "UNKNOWN" else { return }
        guard values.updateValue(value, forKey: name) == nil else {
            throw IndexError(.invalid, "Field '\(name)' is given twice; send it once")
        }
    }

    /// The value of a field; `nil` when it is absent.
    public subscript(_ name: String) -> String? { values[name] }

    /// Whether MD5 has to be computed while the content arrives. A form may still name it afterwards.
    var declaresMD5: Bool { values["md5_digest"] != nil }

    /// The form's claims, checked.
    ///
    /// - Throws: `IndexError.gone` for actions of older days, `.invalid` with the field and what it must be.
    func declaration() throws(IndexError) -> UploadDeclaration {
        try checkAction()
        let name = try required("name")
        let version = try required("version")
        let type = try required("filetype")
        guard let kind = Self.kinds[type] else {
            throw IndexError(.invalid, "Field 'filetype' is '\(type.prefix(40))'; it must be 'sdist' or 'bdist_wheel'")
        }
        do {
            return UploadDeclaration(
                project: try ProjectName(name), version: try Version(version), kind: kind,
                requiresPython: try values["requires_python"].map(checkedSpecifiers), digests: try digests())
        } catch let error as IndexError {
            throw error
        } catch {
            throw IndexError(error)
        }
    }

    private func checkAction() throws(IndexError) {
        switch try required(":action") {
        case "file_upload":
            break
        case "submit", "submit_pkg_info", "doc_upload":
            throw IndexError(.gone, "This action is no longer needed: upload the files, projects are created by that")
        case let other:
            throw IndexError(.invalid, "Field ':action' is '\(other.prefix(40))'; it must be 'file_upload'")
        }
        guard let version = values["protocol_version"], version != "1" else { return }
        throw IndexError(.invalid, "Field 'protocol_version' is '\(version.prefix(40))'; it must be 1")
    }

    private func required(_ name: String) throws(IndexError) -> String {
        guard let value = values[name] else { throw IndexError(.invalid, "Field '\(name)' is missing") }
        return value
    }

    private func checkedSpecifiers(_ text: String) throws -> String {
        try VersionSpecifierSet(lenient: text).text
    }

    private func digests() throws -> [Digest] {
        let declared: [(String, Digest.Algorithm)] = [
            ("sha256_digest", .sha256), ("blake2_256_digest", .blake2b256), ("md5_digest", .md5),
        ]
        let digests = try declared.compactMap { field, algorithm in
            try values[field].map { try Digest(algorithm, hex: $0) }
        }
        guard !digests.isEmpty else {
            throw IndexError(.invalid, "No digest is declared; send 'sha256_digest' (64 hexadecimal characters)")
        }
        return digests
    }
}

/// What an upload says it is.
struct UploadDeclaration: Sendable {
    let project: ProjectName
    let version: Version
    let kind: ArchiveKind
    let requiresPython: String?
    let digests: [Digest]
}

extension String {
    fileprivate var trimmedASCIIWhitespace: String {
        let isSpace = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
        guard let first = utf8.firstIndex(where: { !isSpace($0) }), let last = utf8.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(self[first...last])
    }
}
