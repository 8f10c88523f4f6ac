/// Who a certificate of Fulcio was given to: its subject alternative names and the claims of its extensions.
public struct CertificateIdentity: Hashable, Sendable {
    /// A claim, named by the last number of its OID 1.3.6.1.4.1.57264.1.N.
    public enum Claim: Int, CaseIterable, Sendable {
        /// Who vouched for the identity, as raw bytes; deprecated.
        case oldIssuer = 1
        /// Who vouched for the identity.
        case issuer = 8
        /// What built it: URI.
        case buildSigner = 9
        /// Where it was built: `github-hosted` or `self-hosted`.
        case runnerEnvironment = 11
        /// The repository of the source: URI.
        case sourceRepository = 12
        /// The commit of the source.
        case sourceDigest = 13
        /// The branch or tag of the source.
        case sourceRef = 14
        /// The repository's number, which a repository of the same name made later does not have.
        case sourceRepositoryID = 15
        /// The owner: URI.
        case owner = 16
        /// The owner's number.
        case ownerID = 17
        /// The build's configuration: URI.
        case buildConfiguration = 18
        /// The commit of the build's configuration.
        case buildConfigurationDigest = 19
        /// What set the build off.
        case trigger = 20
        /// The build: URI.
        case run = 21
        /// Whether the repository is public.
        case visibility = 22
        /// The environment that the build deploys to.
        case environment = 23
        /// The subject of the identity token.
        case subject = 24
    }

    /// A subject alternative name.
    public enum Name: Hashable, Sendable {
        /// An e-mail address.
        case email(String)
        /// A URI, for builds.
        case uri(String)
        /// A user name that is neither (OID 1.3.6.1.4.1.57264.1.7).
        case user(String)

        /// The name itself.
        public var text: String {
            switch self {
            case .email(let text), .uri(let text), .user(let text): text
            }
        }
    }

    /// The subject alternative names; at least one.
    public let names: [Name]
    /// What the certificate claims; absent for claims that it does not make.
    public let claims: [Claim: String]

    /// The issuer of the identity: of the new claim, or of the old one where that is missing.
    public var issuer: String? { claims[.issuer] ?? claims[.oldIssuer] }

    /// Reads a certificate.
    ///
    /// - Throws: a clause when it names nobody, or a name or claim is not encoded as it should be.
    init(_ certificate: X509Certificate) throws(SignatureFailure) {
        guard let value = certificate.extension("2.5.29.17"), let names = Self.names(value) else {
            throw .broken("the certificate names nobody, or in a way that cannot be read")
        }
        self.names = names
        var claims: [Claim: String] = [:]
        for claim in Claim.allCases {
            guard let value = certificate.extension("1.3.6.1.4.1.57264.1.\(claim.rawValue)") else { continue }
            // The first six claims are raw text; the later ones are UTF8String.
            let bytes = claim == .oldIssuer ? value : DERReader.only(value, tag: 0x0C)
            guard let text = bytes.flatMap({ String(validating: $0, as: UTF8.self) }) else {
                throw .broken("claim \(claim.rawValue) of the certificate cannot be read")
            }
            claims[claim] = text
        }
        self.claims = claims
    }

    /// GeneralNames of RFC 5280 §4.2.1.6. Names of other kinds are passed over, but one that counts must be there.
    static func names(_ value: [UInt8]) -> [Name]? {
        guard let content = DERReader.only(value, tag: 0x30) else { return nil }
        var reader = DERReader(content)
        var names: [Name] = []
        while !reader.isAtEnd {
            guard let (tag, content) = reader.next() else { return nil }
            switch tag {
            case 0x81:
                guard let text = ascii(content) else { return nil }
                names.append(.email(text))
            case 0x86:
                guard let text = ascii(content) else { return nil }
                names.append(.uri(text))
            case 0xA0:
                guard let text = userName(content) else { continue }
                names.append(.user(text))
            default: continue
            }
        }
        return names.isEmpty ? nil : names
    }

    /// IA5String without control characters, so that no name is cut off or hidden where it is shown.
    private static func ascii(_ bytes: [UInt8]) -> String? {
        guard !bytes.isEmpty, bytes.allSatisfy({ (0x20..<0x7F).contains($0) }) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The UTF8String of an OtherName of Fulcio; `nil` for another one.
    private static func userName(_ content: [UInt8]) -> String? {
        let oid: [UInt8] = [0x2B, 0x06, 0x01, 0x04, 0x01, 0x83, 0xBF, 0x30, 0x01, 0x07]
        var reader = DERReader(content)
        guard let type = reader.next(), type.tag == 0x06, type.content == oid,
            let value = reader.next(), value.tag == 0xA0, reader.isAtEnd,
            let text = DERReader.only(value.content, tag: 0x0C), !text.isEmpty
        else { return nil }
        return String(validating: text, as: UTF8.self)
    }
}
