import Crypto
import Posix
import Server
import Wheelhouse

/// The settings of trusted publishing, checked.
struct TrustedPublishers {
    private let issuers: [TrustedIssuer]
    private let audience: String
    private let trust: TLSClientContext?

    /// - Throws: `UsageError` for an issuer that cannot be read or stands twice, a missing audience, an authority that is
    ///   none.
    init(_ configuration: Configuration) throws(UsageError) {
        var issuers: [TrustedIssuer] = []
        for text in configuration.texts("oidcIssuers") {
            do throws(IndexError) {
                issuers.append(try TrustedIssuer(text))
            } catch {
                throw UsageError("oidcIssuers has '\(text)'", mend: error.sentence)
            }
        }
        guard Set(issuers.map(\.url)).count == issuers.count else {
            throw UsageError("oidcIssuers names an issuer twice", mend: "keep one of them")
        }
        audience = configuration.text("oidcAudience")
        guard issuers.isEmpty || !audience.isEmpty else {
            throw UsageError(
                "there are oidcIssuers, and no oidcAudience",
                mend: "set oidcAudience to the host name of this server, so that no other server's ID tokens are of use"
            )
        }
        let authority = configuration.text("oidcAuthority")
        do throws(CryptoError) {
            trust = issuers.isEmpty ? nil : try TLSClientContext(authority: authority.isEmpty ? nil : authority)
        } catch {
            throw UsageError("\(error)", mend: "give a PEM file with certificates")
        }
        self.issuers = issuers
    }

    /// Joins the client of the server's module with the index.
    ///
    /// - Returns: `nil` when no issuer is configured.
    static func start(
        _ configuration: Configuration, _ index: PackageIndex, report: @escaping @Sendable (String) -> Void
    ) throws -> TrustedPublishing? {
        let settings = try TrustedPublishers(configuration)
        guard let trust = settings.trust else { return nil }
        let client = try Serve.attempt("starting the client's thread") { () throws(Errno) in
            try HTTPSClient(trusting: trust)
        }
        let fetch: Fetch = { text in
            guard let address = HTTPSAddress(text) else { return .failure(FetchFailure("'\(text)' is no address")) }
            return await client.get(address).mapError { FetchFailure($0.reason) }
        }
        return TrustedPublishing(
            index, audience: settings.audience, issuers: settings.issuers, fetch: fetch, report: report)
    }
}
