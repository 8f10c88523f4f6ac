import Packaging
import Posix
import Wheelhouse

/// The files that the setting `trust` names: who is trusted to sign.
enum TrustFiles {
    /// The longest file: a keyring.
    static let limitBytes = 4 << 20

    /// Reads all of them, or none.
    ///
    /// - Throws: `UsageError` that names the file and what is wrong with it.
    static func read(_ paths: [String]) throws(UsageError) -> SignatureTrust {
        var files: [[UInt8]] = []
        for path in paths {
            do throws(Errno) {
                let bytes = try File.open(path).read(at: 0, count: limitBytes + 1)
                guard bytes.count <= limitBytes else { throw .fileTooLarge }
                files.append(bytes)
            } catch {
                throw UsageError("the trust file '\(path)' cannot be read: \(error)", mend: "name one that can")
            }
        }
        do {
            return try SignatureTrust(files: files)
        } catch {
            throw UsageError(
                "the trust file '\(paths[error.file])' is refused: \(error.reason)",
                mend: "take it out of the setting 'trust', or put it right")
        }
    }

    /// What is in force after SIGHUP, a line each: the files may have changed without their names.
    static func report(_ policy: Policy) -> [String] {
        guard let digest = policy.trust.digest else { return [] }
        return ["SIGHUP: signatures are checked by trust files with sha256 \(digest.hex)"] + warnings(policy.trust)
    }

    /// What an administrator should know of what is trusted.
    static func warnings(_ trust: SignatureTrust) -> [String] {
        trust.concerns(at: Clock.unixMicroseconds / 1_000_000).map { "trust: \($0) It verifies nothing." }
    }
}
