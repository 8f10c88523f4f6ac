import Crypto
import HTTP
import Packaging
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
        let sockets = try Listening(configuration)
        let live = try liveSettings(
            configuration, needsCertificate: sockets.needCertificate, loops: loops(configuration))
        var siteSettings = try siteSettings(configuration)
        if let warning = live.tls.flatMap(Certificate.warning) { Output.report(warning) }
        warn(of: configuration.strayVariables)
        let policy = try policy(configuration)
        for warning in TrustFiles.warnings(policy.trust) { Output.report(warning) }
        // Before any thread exists: threads inherit which signals are blocked.
        let signals = try attempt("reading signals") { () throws(Errno) in try Signals() }
        let store = try Administer.store(configuration, mayBeNew: true)
        let downloads = downloadCounter(configuration, store)
        let index = try Administer.operation { try PackageIndex(store, policy: policy, downloads: downloads) }
        for name in try Administer.operation({ try index.unservedIndexes }) {
            Output.report(
                "index '\(name)' has projects or rights and is not served: the setting indexes does not name it")
        }
        let isFirstStart = try FirstToken.ensure(in: store)
        try Administer.operation { try index.refresh() }
        let metrics = Metrics(loops: loops(configuration))
        siteSettings.serverMetrics = { metrics.text() }
        siteSettings.serverState = { ServerState(metrics) }
        let log = try attempt("starting the log's thread") { () throws(Errno) in try LogWriter(to: Output.errors) }
        defer { log.finish() }
        defer { finish(downloads, log) }
        siteSettings.trustedPublishing = try TrustedPublishers.start(configuration, index) { log.report($0) }
        let site = Site(index, settings: siteSettings, openFiles: Descriptors.inForce.files) {
            log.report($0)
        }
        let isAlone = try Administer.operation { () throws(StorageError) in try store.beginServing() }
        var settings = ServerSettings()
        settings.sharesPorts = !isAlone
        settings.listen = sockets.addresses
        settings.inherited = sockets.inherited
        settings.live = live
        settings.metrics = metrics
        settings.log = log
        let server = try listen(policy.indexes.isEmpty ? site : Indexes(beside: site), settings)
        try Administer.operation { try index.watchForForeignChanges() }
        try Administer.operation { try index.beginReadingDependencies() }
        try Administer.operation { try index.writeDownloads { log.report($0) } }
        try Administer.operation { try index.completeSearch() }
        announce(server, configuration, adminTokenPath: isFirstStart ? store.adminTokenPath : nil)
        ServiceManager.notify(.ready)
        let reload = Reload(arguments, configuration, sockets, (server, index, log))
        let events = Server.Events(reload: { reload.start() }, stop: { ServiceManager.notify(.stopping) })
        try attempt("starting threads") { () throws(Errno) in try server.run(until: signals, events) }
        try Administer.operation { try index.finish() }
    }

    /// `nil` when downloads are not to be counted, or cannot be: a server without statistics is better than none.
    private static func downloadCounter(_ configuration: Configuration, _ store: Store) -> DownloadCounter? {
        let days = configuration.integer("usageDays")
        guard days > 0 else { return nil }
        do {
            return DownloadCounter(try UsageStore(of: store), keptDays: days)
        } catch {
            Output.report("downloads are not counted: \(error)")
            return nil
        }
    }

    /// Writes the downloads of the last second.
    private static func finish(_ downloads: DownloadCounter?, _ log: LogWriter) {
        do {
            try downloads?.flush()
        } catch {
            log.report("the last downloads cannot be written: \(error)")
        }
    }

    /// A variable that looks like a setting is mostly a slip of the pen.
    static func warn(of variables: [String]) {
        guard !variables.isEmpty else { return }
        Output.report(
            "\(variables.joined(separator: ", ")) in the environment: no such setting; see 'wheelhouse --help'")
    }

    static func attempt<Value>(_ doing: String, _ body: () throws(Errno) -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            throw OperationError("\(doing) failed: \(error)", mend: "see the limits of this user and machine")
        }
    }

    static func policy(_ configuration: Configuration) throws(UsageError) -> Policy {
        var policy = Policy(
            uploadLimitBytes: configuration.integer("uploadLimitBytes"),
            isReadingOpen: configuration.text("read") != "token")
        policy.indexes = try configuration.indexes
        policy.names.refusesConfusable = configuration.isOn("refuseConfusableNames")
        policy.newProjects.needManager = configuration.text("newProjects") == "managers"
        policy.newProjects.arePrivate = configuration.isOn("newProjectsPrivate")
        policy.passwordCost = Int(configuration.integer("passwordCost"))
        for text in configuration.texts("reservedNames") {
            do {
                policy.names.reserved.append(try NamePolicy.Reservation(text))
            } catch {
                throw UsageError("reservedNames has '\(text)'", mend: "write a project name, or one with -* behind it")
            }
        }
        policy.trust = try TrustFiles.read(configuration.texts("trust"))
        policy.signatures = try PolicyFile.read(configuration)
        return policy
    }

    static func siteSettings(_ configuration: Configuration) throws(UsageError) -> Site.Settings {
        let base = configuration.text("basePath")
        guard base.isEmpty || isPrefix(base) else {
            throw UsageError(
                "basePath is '\(base)'", mend: "write a path such as /pypi, with a slash before it and none behind")
        }
        let address = configuration.text("publicAddress")
        guard address.isEmpty || isSecureAddress(address) else {
            throw UsageError(
                "publicAddress is '\(address)'", mend: "write an address such as https://packages.example.com")
        }
        var settings = Site.Settings()
        settings.basePath = base
        settings.publicAddress = address
        settings.showsImages = configuration.text("images") == "https"
        return settings
    }

    /// Whether paths of requests can begin with it (they are decoded and have no empty or dot segments).
    private static func isPrefix(_ base: String) -> Bool {
        guard base.hasPrefix("/"), !base.hasSuffix("/"), let target = try? RequestTarget(base) else { return false }
        return target.path == base
    }

    private static func isSecureAddress(_ address: String) -> Bool {
        let scheme = "https://"
        guard address.hasPrefix(scheme), !address.hasSuffix("/"), address.utf8.count > scheme.utf8.count else {
            return false
        }
        return address.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"\"'<>?#\\".utf8.contains($0) }
    }

    private static func listen(_ site: any HTTPHandler, _ settings: ServerSettings) throws -> Server {
        do throws(ListenError) {
            return try Server(site, settings)
        } catch {
            let mend =
                error.error == .addressInUse
                ? "stop what listens there, or choose another with --listen" : "choose another with --listen"
            throw OperationError("cannot listen at \(error.address): \(error.error)", mend: mend)
        }
    }

    static func loops(_ configuration: Configuration) -> Int {
        let loops = Int(configuration.integer("loops"))
        return loops == 0 ? availableProcessors : loops
    }

    /// What SIGHUP can change.
    ///
    /// - Parameter loops: how many run, which a configuration that is read later does not change.
    static func liveSettings(
        _ configuration: Configuration, needsCertificate: Bool, loops: Int
    ) throws(UsageError) -> LiveSettings {
        var settings = LiveSettings()
        settings.tls = try Certificate.read(configuration, isNeeded: needsCertificate)
        settings.strictTransportSeconds = Int(configuration.integer("strictTransportSeconds"))
        settings.trustedProxies = try Listening.trustedProxies(configuration)
        settings.isBehindProxy = configuration.isOn("behindProxy")
        settings.limits = limits(configuration, loops: loops)
        if configuration.isOn("accessLog") {
            settings.accessLog = configuration.text("log") == "json" ? .json : .text
        }
        return settings
    }

    private static func limits(_ configuration: Configuration, loops: Int) -> Limits {
        var limits = Limits()
        // The form around the archive is small; the index itself refuses a too large archive with its own sentence.
        limits.bodyBytes = configuration.integer("uploadLimitBytes") + (16 << 20)
        limits.headSeconds = Int(configuration.integer("headSeconds"))
        limits.handshakeSeconds = Int(configuration.integer("handshakeSeconds"))
        limits.bodySeconds = Int(configuration.integer("bodySeconds"))
        limits.idleSeconds = Int(configuration.integer("idleSeconds"))
        limits.writeSeconds = Int(configuration.integer("writeSeconds"))
        limits.drainSeconds = Int(configuration.integer("drainSeconds"))
        limits.connectionsPerAddress = Int(configuration.integer("connectionsPerAddress"))
        let connections = min(Int(configuration.integer("connections")), Descriptors.inForce.connections)
        limits.connectionsPerLoop = max(16, connections / loops)
        return limits
    }

    private static func announce(_ server: Server, _ configuration: Configuration, adminTokenPath: String?) {
        let base = configuration.text("basePath")
        let data = configuration.text("data")
        var origin: String?
        for address in server.addresses {
            guard let url = address.url else {
                Output.line("wheelhouse: serving \(data) at \(address)")
                continue
            }
            Output.line("wheelhouse: serving \(data) at \(url)\(base)/")
            // What is shown for pasting carries passwords: rather through TLS.
            if origin == nil || address.isSecure && origin?.hasPrefix("http:") == true { origin = url + base }
        }
        guard let origin else { return }
        Output.line("")
        Output.line("  pip install --index-url \(origin)/simple/ PROJECT")
        Output.line("  uv pip install --default-index \(origin)/simple/ PROJECT")
        Output.line("  twine upload --repository-url \(origin)/legacy/ -u __token__ -p TOKEN dist/*")
        let others = (try? configuration.indexes) ?? []
        if !others.isEmpty {
            Output.line("\n  Further indexes: \(others.map { "\(origin)/\($0)/" }.joined(separator: ", "))")
        }
        if let adminTokenPath { Output.line("\n  The administrator's TOKEN is in \(adminTokenPath)") }
    }
}

extension ServerState {
    /// What a server's counters say.
    fileprivate init(_ metrics: Metrics) {
        self.init()
        responses = (1...5).map(metrics.responses)
        slow = metrics.slowRequests.map { request in
            SlowRequest(
                time: UploadTime(microseconds: request.unixSeconds * 1_000_000), method: request.method,
                path: request.path, status: request.status, milliseconds: request.nanoseconds / 1_000_000)
        }
    }
}

/// What the descriptors that the system allows are used for.
struct Descriptors {
    /// Archives that are kept open for downloads.
    let files: Int
    /// Connections, of all loops.
    let connections: Int

    /// - Parameter limit: how many there may be in all.
    init(limit: Int) {
        files = max(16, min(4096, limit / 4))
        // Some are for the catalog, uploads and the system.
        connections = max(16, limit - files - min(1024, limit / 8))
    }

    static var inForce: Descriptors { Descriptors(limit: raiseDescriptorLimit()) }
}

/// The administrator's token of a new data folder.
enum FirstToken {
    static let name = "admin"

    /// Makes it when the folder has no administrator yet; after a crash in between, the token in the file becomes the one.
    ///
    /// - Returns: whether this was the first start.
    static func ensure(in store: Store) throws -> Bool {
        try Administer.operation { () throws(IndexError) in try PackageIndex.ensureFirstToken(named: name, in: store) }
    }
}
