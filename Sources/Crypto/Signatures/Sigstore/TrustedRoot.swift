/// An instance of Sigstore that is trusted: its logs and authorities, each with the time in which it counts
/// (`trusted_root.json` of the Sigstore protocol buffers, versions 0.1 and 0.2).
public struct TrustedRoot: Sendable {
    /// A transparency log, or a log of certificate transparency.
    public struct Log: Sendable {
        /// What its entries and signed timestamps name it: 32 bytes.
        public let id: [UInt8]
        /// Host and path of its address: its name in checkpoints.
        public let origin: String
        /// Its key.
        public let key: PublicKey
        /// When its key counts.
        public let validity: Validity

        /// Whether the log is of Rekor v2: only those have keys of Ed25519, and an id that the origin is part of.
        var isTiled: Bool { key.kind == .ed25519 }

        /// Whether a signature of the log is good.
        func verifies(_ signature: [UInt8], over message: [UInt8]) -> Bool {
            switch key.kind {
            case .p256: key.verifies(signature, over: message, .ecdsa, .sha256)
            case .p384: key.verifies(signature, over: message, .ecdsa, .sha384)
            case .p521: key.verifies(signature, over: message, .ecdsa, .sha512)
            case .ed25519, .ed448: key.verifies(signature, over: message, .eddsa, .sha512)
            case .rsa: key.verifies(signature, over: message, .rsaPKCS1, .sha256)
            }
        }
    }

    /// An authority for certificates or timestamps.
    public struct Authority: Sendable {
        /// Its certificates, the one at the root last; at least one.
        public let chain: [X509Certificate]
        /// The same, for chains that end with it.
        let anchors: TrustAnchors
        /// When it counts.
        public let validity: Validity
    }

    /// A range of time, closed on both ends, in microseconds since 1970.
    public struct Validity: Hashable, Sendable {
        /// The first microsecond.
        public let start: Int64
        /// The last microsecond; `nil` when there is none.
        public let end: Int64?

        /// Whether a time in microseconds is in the range.
        func contains(microseconds time: Int64) -> Bool {
            time >= start && end.map { time <= $0 } ?? true
        }

        /// Whether a second is in the range.
        func contains(seconds time: Int64) -> Bool {
            let (microseconds, overflow) = time.multipliedReportingOverflow(by: 1_000_000)
            return !overflow && contains(microseconds: microseconds)
        }
    }

    /// The logs of signatures (Rekor).
    public let logs: [Log]
    /// The logs of certificates.
    public let certificateLogs: [Log]
    /// The authorities for certificates (Fulcio).
    public let certificateAuthorities: [Authority]
    /// The authorities for timestamps.
    public let timestampAuthorities: [Authority]
}
