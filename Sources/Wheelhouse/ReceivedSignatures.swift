import Crypto
import Packaging

/// Signatures as they come with an upload: the fields `attestations` (twine, uv) and `gpg_signature` (twine).
///
/// twine and uv put whatever JSON they find in `<file>.<word>.attestation` into `attestations`, so signatures of other
/// formats come there as `{"mediaType": …, "signature": …}`.
public struct ReceivedSignatures: Sendable {
    /// A field of the form.
    public enum Field: String, Sendable {
        /// A JSON array.
        case attestations
        /// One signature of any format.
        case detached = "gpg_signature"
    }

    /// The longest field, and the longest signature, in bytes.
    public static let lengthLimitBytes = SignatureVerifier.lengthLimitBytes
    /// The most signatures of one file.
    public static let countLimit = 16

    /// What stands for the formats that are no JSON.
    private static let mediaTypes: Set<String> = [
        "application/x-ssh-signature", "application/pgp-signature", "application/x-minisign",
        "application/pkcs7-signature", "application/timestamp-reply",
    ]

    private var fields: [Field: [UInt8]] = [:]

    /// None.
    public init() {}

    /// Whether nothing came.
    public var isEmpty: Bool { fields.isEmpty }

    /// Adds a field. An empty one says nothing.
    ///
    /// - Throws: `IndexError.invalid` for a field that was there before.
    public mutating func add(_ field: Field, _ bytes: [UInt8]) throws(IndexError) {
        guard !bytes.isEmpty else { return }
        guard fields.updateValue(bytes, forKey: field) == nil else {
            throw IndexError(.invalid, "Field '\(field.rawValue)' is given twice; send it once")
        }
    }

    /// The signatures one by one, those of `attestations` first.
    ///
    /// - Throws: `IndexError.invalid` when the field is no array of what may stand there, or there are too many.
    func all() throws(IndexError) -> [[UInt8]] {
        let attestations = try fields[.attestations].map(Self.elements) ?? []
        let all = attestations + (fields[.detached].map { [$0] } ?? [])
        guard all.count <= Self.countLimit else { throw Self.tooMany(all.count) }
        // Not by a set: they are few, and hashing them costs more than all comparisons.
        guard !all.indices.contains(where: { all[..<$0].contains(all[$0]) }) else {
            throw IndexError(.invalid, "Two of the signatures are the same; send each once")
        }
        return all
    }

    static func tooMany(_ count: Int) -> IndexError {
        IndexError(.invalid, "The file would have \(count) signatures; at most \(countLimit) are kept of one file")
    }

    /// The elements of a JSON array of attestations, bundles and wrapped signatures, as they were received.
    static func elements(_ field: [UInt8]) throws(IndexError) -> [[UInt8]] {
        let found: [(value: StrictJSON, text: [UInt8])]
        do {
            found = try StrictJSON.elements(of: field)
        } catch {
            throw refusal("the JSON is refused, \(error)")
        }
        guard !found.isEmpty else { throw refusal("the array is empty; leave the field out") }
        guard found.count <= countLimit else { throw tooMany(found.count) }
        var elements: [[UInt8]] = []
        for (index, element) in found.enumerated() {
            elements.append(try signature(element.value, element.text, number: index + 1))
        }
        return elements
    }

    private static func refusal(_ clause: String) -> IndexError { SignatureArrival.withFile.refusal(clause) }

    private static func signature(
        _ value: StrictJSON, _ text: [UInt8], number: Int
    ) throws(IndexError) -> [UInt8] {
        let type = value["mediaType"]?.string
        if let type, mediaTypes.contains(type) {
            guard let signature = value["signature"]?.string, !signature.isEmpty else {
                throw refusal("element \(number) has no 'signature'")
            }
            // Armored text stands as it is, bytes stand in base64.
            return Base64.decode(Array(signature.utf8)) ?? Array(signature.utf8)
        }
        let isBundle = type?.hasPrefix("application/vnd.dev.sigstore.bundle") ?? false
        guard isBundle || value["envelope"] != nil || value["verification_material"] != nil else {
            throw refusal(
                "element \(number) is neither an attestation (PEP 740) nor a bundle of Sigstore nor a signature with a "
                    + "'mediaType' that is known here")
        }
        return text
    }
}

/// How signatures come, which decides in what words they are refused.
enum SignatureArrival {
    /// With the upload of their file.
    case withFile
    /// Later: by PUT, by a form, or at the command line.
    case later

    /// Refuses a signature, with one clause.
    func refusal(_ clause: String) -> IndexError {
        switch self {
        // The words of the public index.
        case .withFile: IndexError(.invalid, "Invalid attestations supplied during upload: \(clause)")
        case .later: IndexError(.invalid, "The signature is not added: \(clause)")
        }
    }
}
