import Crypto
import Posix
import Synchronization

/// The server's certificate and key, which may change while it runs.
final class Certificate: Sendable {
    private let files: TLSContext.Files
    /// Guards nothing but the order: of two readings at once, the later one must win.
    private let reading = Mutex(())

    /// What was read at the start.
    let context: TLSContext

    /// Reads the files that the settings name.
    ///
    /// - Returns: `nil` when no listener needs them.
    /// - Throws: `UsageError` when a setting is missing, or a file does not hold what it should.
    init?(_ configuration: Configuration, isNeeded: Bool) throws(UsageError) {
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
        files = TLSContext.Files(
            certificate: certificate, key: key, clientAuthority: authority.isEmpty ? nil : authority)
        do {
            context = try TLSContext(files)
        } catch {
            throw UsageError("\(error)", mend: "give PEM files that belong together, the key without a passphrase")
        }
        Self.warn(of: context)
    }

    /// Reads the files again and hands over what is in them; a broken pair changes nothing. Says in one line which of
    /// the two it was. Blocks.
    func readAgain(_ use: (TLSContext) -> Void) {
        reading.withLock { _ in
            do throws(CryptoError) {
                let context = try TLSContext(files)
                use(context)
                Output.report("SIGHUP: new connections use the certificate that '\(files.certificate)' holds now")
                Self.warn(of: context)
            } catch {
                Output.report("SIGHUP: \(error); the certificate before stays in use")
            }
        }
    }

    /// Clients refuse a certificate that has ended, and its owner looks here first.
    private static func warn(of context: TLSContext) {
        let end = context.expiry
        let left = end - Clock.coarseUnixSeconds
        if left < 0 {
            Output.report("the certificate ended at \(Clock.utcText(end)); clients will refuse it")
        } else if left < 14 * 86_400 {
            Output.report("the certificate ends at \(Clock.utcText(end)); replace it and send SIGHUP")
        }
    }
}
