import HTTP
import Posix
import Server
import Storage
import Web
import Wheelhouse

/// `wheelhouse serve`: joins the modules and runs the server.
enum Serve {
    static func run(_ arguments: [String]) throws {
        let configuration = try Configuration(arguments: arguments)
        if let extra = configuration.rest.first {
            throw UsageError("'\(extra)' is no setting of serve", mend: "see 'wheelhouse --help'")
        }
        let addresses = try addresses(configuration)
        // Before any thread exists: threads inherit which signals are blocked.
        let signals = try attempt("reading signals") { () throws(Errno) in try Signals() }
        let descriptors = raiseDescriptorLimit()
        let store = try Administer.store(configuration, mayBeNew: true)
        let index = try Administer.operation { try PackageIndex(store, policy: policy(configuration)) }
        let isFirstStart = try FirstToken.ensure(in: store)
        try Administer.operation { try index.refresh() }
        let loops = Int(configuration.integer("loops"))
        let metrics = Metrics(loops: loops == 0 ? availableProcessors : loops)
        var settings = siteSettings(configuration)
        settings.serverMetrics = { metrics.text() }
        let site = Site(index, settings: settings, openFiles: max(64, min(4096, descriptors / 4))) {
            Output.report($0)
        }
        let server = try server(site, at: addresses, metrics, configuration)
        try Administer.operation { try index.watchForForeignChanges() }
        announce(server, configuration, adminTokenPath: isFirstStart ? store.adminTokenPath : nil)
        try attempt("starting threads") { () throws(Errno) in
            try server.run(until: signals) {
                Output.report("SIGHUP: nothing to read again; settings take effect at the next start")
            }
        }
    }

    private static func attempt<Value>(_ doing: String, _ body: () throws(Errno) -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            throw OperationError("\(doing) failed: \(error)", mend: "see the limits of this user and machine")
        }
    }

    private static func policy(_ configuration: Configuration) -> Policy {
        Policy(
            uploadLimitBytes: configuration.integer("uploadLimitBytes"),
            isReadingOpen: configuration.text("read") != "token")
    }

    private static func siteSettings(_ configuration: Configuration) -> Site.Settings {
        var settings = Site.Settings()
        settings.basePath = configuration.text("basePath")
        settings.isBehindProxy = configuration.isOn("behindProxy")
        return settings
    }

    /// The addresses to listen at. One that others can reach needs a stated choice of who reads and of what protects it.
    static func addresses(_ configuration: Configuration) throws(UsageError) -> [SocketAddress] {
        let base = configuration.text("basePath")
        guard base.isEmpty || isPrefix(base) else {
            throw UsageError(
                "basePath is '\(base)'", mend: "write a path such as /pypi, with a slash before it and none behind")
        }
        var addresses: [SocketAddress] = []
        for text in configuration.texts("listen") {
            guard let address = SocketAddress(text) else {
                throw UsageError(
                    "listen is '\(text)'",
                    mend: "write ADDRESS:PORT, [ADDRESS]:PORT or unix:PATH, with numeric addresses")
            }
            addresses.append(address)
        }
        guard let exposed = addresses.first(where: { !$0.isLoopback }) else { return addresses }
        guard !configuration.text("read").isEmpty else {
            throw UsageError(
                "others can reach \(exposed), and it is not stated who may read",
                mend: "set read to 'token' or 'anyone'")
        }
        guard configuration.isOn("behindProxy") else {
            throw UsageError(
                "others can reach \(exposed) without TLS",
                mend: "put a proxy with TLS before it and set behindProxy to true, or listen on 127.0.0.1")
        }
        return addresses
    }

    /// Whether paths of requests can begin with it (they are decoded and have no empty or dot segments).
    private static func isPrefix(_ base: String) -> Bool {
        guard base.hasPrefix("/"), !base.hasSuffix("/"), let target = try? RequestTarget(base) else { return false }
        return target.path == base
    }

    private static func server(
        _ site: Site, at addresses: [SocketAddress], _ metrics: Metrics, _ configuration: Configuration
    ) throws(OperationError) -> Server {
        var limits = Limits()
        // The form around the archive is small; the index itself refuses a too large archive with its own sentence.
        limits.bodyBytes = configuration.integer("uploadLimitBytes") + (16 << 20)
        limits.headSeconds = Int(configuration.integer("headSeconds"))
        limits.bodySeconds = Int(configuration.integer("bodySeconds"))
        limits.idleSeconds = Int(configuration.integer("idleSeconds"))
        limits.writeSeconds = Int(configuration.integer("writeSeconds"))
        limits.drainSeconds = Int(configuration.integer("drainSeconds"))
        let format: AccessLog.Format? =
            configuration.isOn("accessLog") ? (configuration.text("log") == "json" ? .json : .text) : nil
        do {
            return try Server(
                site, at: addresses, limits: limits, metrics: metrics,
                log: { format.map { AccessLog($0, to: Output.errors) } })
        } catch {
            let mend =
                error.error == .addressInUse
                ? "stop what listens there, or choose another with --listen" : "choose another with --listen"
            throw OperationError("cannot listen at \(error.address): \(error.error)", mend: mend)
        }
    }

    private static func announce(_ server: Server, _ configuration: Configuration, adminTokenPath: String?) {
        let base = configuration.text("basePath")
        let data = configuration.text("data")
        var origin: String?
        for address in server.addresses {
            if case .unix = address {
                Output.line("wheelhouse: serving \(data) at \(address)")
            } else {
                Output.line("wheelhouse: serving \(data) at http://\(address)\(base)/")
                origin = origin ?? "http://\(address)\(base)"
            }
        }
        guard let origin else { return }
        Output.line("")
        Output.line("  pip install --index-url \(origin)/simple/ PROJECT")
        Output.line("  uv pip install --default-index \(origin)/simple/ PROJECT")
        Output.line("  twine upload --repository-url \(origin)/legacy/ -u __token__ -p TOKEN dist/*")
        if let adminTokenPath { Output.line("\n  The administrator's TOKEN is in \(adminTokenPath)") }
    }
}

/// The administrator's token of a new data folder.
enum FirstToken {
    static let name = "admin"

    /// Makes it when the folder has no token yet; after a crash in between, the token in the file becomes the one.
    ///
    /// - Returns: whether this was the first start.
    static func ensure(in store: Store) throws -> Bool {
        try Administer.operation { () throws(IndexError) in try PackageIndex.ensureFirstToken(named: name, in: store) }
    }
}
