import Crypto
import Posix

/// The server's certificate and key, read at the start and again on SIGHUP.
enum Certificate {
    /// Reads the files that the settings name. Blocks.
    ///
    /// - Returns: `nil` when no listener needs them.
    /// - Throws: `UsageError` when a setting is missing, or a file does not hold what it should.
    static func read(_ configuration: Configuration, isNeeded: Bool) throws(UsageError) -> TLSContext? {
        let (certificate, key) = (configuration.text("tlsCertificate"), configuration.text("tlsKey"))
        let authority = configuration.text("tlsClientAuthority")
        guard isNeeded else {
            guard certificate.isEmpty, key.isEmpty, authority.isEmpty else {
                throw UsageError(
                    "there is a certificate, and no address to use it", mend: "write tls: before an address of listen")
            }
            return nil
        }
        guard !certificate.isEmpty, !key.isEmpty else {
            throw UsageError(
                "an address of listen begins with tls:, and there is no certificate",
                mend: "set tlsCertificate and tlsKey to PEM files")
        }
        for path in [certificate, key, authority] where !path.isEmpty { try requireRegular(path) }
        let files = TLSContext.Files(
            certificate: certificate, key: key, clientAuthority: authority.isEmpty ? nil : authority)
        do {
            return try TLSContext(files)
        } catch {
            throw UsageError("\(error)", mend: "give PEM files that belong together, the key without a passphrase")
        }
    }

    /// A named pipe would hold up the start, or each SIGHUP, until somebody writes to it. That there is no such file is
    /// told by who reads it.
    private static func requireRegular(_ path: String) throws(UsageError) {
        do throws(Errno) {
            guard try File.openRegular(path) == nil else { return }
        } catch {
            return
        }
        throw UsageError("'\(path)' is no regular file", mend: "name a PEM file on a disk")
    }

    /// What its owner should know about its end: clients refuse a certificate that has ended, and the log is where its
    /// owner looks first. `nil` while there is time.
    static func warning(of context: TLSContext) -> String? {
        let end = context.expiry
        let left = end - Clock.coarseUnixSeconds
        guard left < 14 * 86_400 else { return nil }
        return left < 0
            ? "the certificate ended at \(Clock.utcText(end)); clients will refuse it"
            : "the certificate ends at \(Clock.utcText(end)); replace it and send SIGHUP"
    }
}
