import Posix
import Server

/// Where the server listens: the sockets that systemd passed, else those that the settings name.
struct Listening {
    let addresses: [ListenAddress]
    let inherited: [ServerSettings.Inherited]

    /// Whether any of them speaks TLS.
    var needCertificate: Bool {
        addresses.contains { $0.isSecure } || inherited.contains { $0.address.isSecure }
    }

    /// Reads the settings and what systemd passed; to be called once, before any thread exists.
    ///
    /// - Throws: what `init(_:inherited:)` throws, and `UsageError` for a descriptor that is no listening socket.
    init(_ configuration: Configuration) throws(UsageError) {
        try self.init(configuration, inherited: Self.passed())
    }

    /// Reads the settings.
    ///
    /// - Throws: `UsageError` for what is no address, and what `check` throws.
    init(_ configuration: Configuration, inherited: [ServerSettings.Inherited]) throws(UsageError) {
        self.inherited = inherited
        addresses = inherited.isEmpty ? try Self.parsed(configuration) : []
        try check(configuration)
    }

    /// A socket whose `FileDescriptorName=` begins with `tls` speaks TLS.
    private static func passed() throws(UsageError) -> [ServerSettings.Inherited] {
        do {
            return try ServiceManager.passedSockets().map { passed in
                let address = ListenAddress(passed.address, isSecure: passed.name.hasPrefix("tls"))
                return ServerSettings.Inherited(passed.socket, at: address)
            }
        } catch {
            throw UsageError(
                "the descriptor \(error.descriptor) that systemd passed is no listening stream socket",
                mend: "use ListenStream= in the socket unit, with Accept=no")
        }
    }

    private static func parsed(_ configuration: Configuration) throws(UsageError) -> [ListenAddress] {
        var addresses: [ListenAddress] = []
        for text in configuration.texts("listen") {
            guard let address = ListenAddress(text) else {
                throw UsageError(
                    "listen is '\(text)'",
                    mend: "write ADDRESS:PORT, [ADDRESS]:PORT or unix:PATH, with numeric addresses, and tls: for TLS")
            }
            addresses.append(address)
        }
        return addresses
    }

    /// - Throws: `UsageError` for an address that others can reach without a stated choice of who reads and what
    ///   protects it.
    func check(_ configuration: Configuration) throws(UsageError) {
        let exposed = (addresses + inherited.map(\.address)).filter { !$0.address.isLoopback }
        guard let first = exposed.first else { return }
        guard !configuration.text("read").isEmpty else {
            throw UsageError(
                "others can reach \(first), and it is not stated who may read", mend: "set read to 'token' or 'anyone'")
        }
        guard let bare = exposed.first(where: { !$0.isSecure }), !configuration.isOn("behindProxy") else { return }
        throw UsageError(
            "others can reach \(bare) without TLS",
            mend: "listen on tls:\(bare) with tlsCertificate and tlsKey, or put a proxy with TLS before it and set "
                + "behindProxy to true, or listen on 127.0.0.1")
    }

    /// The proxies that the settings name.
    static func trustedProxies(_ configuration: Configuration) throws(UsageError) -> TrustedProxies {
        var ranges: [AddressRange] = []
        var unixSockets = false
        for text in configuration.texts("trustedProxies") {
            if text == "unix" {
                unixSockets = true
            } else if let range = AddressRange(text) {
                ranges.append(range)
            } else {
                throw UsageError(
                    "trustedProxies has '\(text)'",
                    mend: "write addresses such as 192.0.2.1, ranges such as 10.0.0.0/8 or fd00::/8, or unix")
            }
        }
        return TrustedProxies(ranges, unixSockets: unixSockets)
    }
}
