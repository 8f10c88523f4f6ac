import Posix
import Server
import Synchronization
import Wheelhouse

/// SIGHUP: reads the configuration and the certificate again, and puts in force what can change while the server runs.
///
/// All or nothing: when anything in them is wrong, everything stays as it was.
final class Reload: Sendable {
    private let arguments: [String]
    private let sockets: Listening
    private let server: Server
    private let index: PackageIndex
    private let log: LogWriter
    /// What the server was started with, for settings that need a restart.
    private let first: Configuration
    /// What is in force. Held during a whole reading: of two signals at once, the later one must win.
    private let last: Mutex<Configuration>

    init(
        _ arguments: [String], _ configuration: Configuration, _ sockets: Listening,
        _ running: (server: Server, index: PackageIndex, log: LogWriter)
    ) {
        self.arguments = arguments
        self.sockets = sockets
        (server, index, log) = running
        first = configuration
        last = Mutex(configuration)
    }

    /// Obeys one SIGHUP, away from the event loops, which call it.
    func start() {
        ServiceManager.notify(.reloading)
        do throws(Errno) {
            try startThread(named: "reload") { [self] in
                run()
                ServiceManager.notify(.ready)
            }
        } catch {
            log.report("SIGHUP: no thread to read the configuration again: \(error)")
            ServiceManager.notify(.ready)
        }
    }

    private func run() {
        last.withLock { last in
            do throws(UsageError) {
                let configuration = try Configuration(arguments: arguments)
                // What protected the server must not end because a file is moved away to be replaced.
                if let file = last.file, configuration.file == nil {
                    throw UsageError("the configuration file '\(file)' is gone", mend: "put it back, or restart")
                }
                // Also what takes effect at the next start must be right: it would be found out at the worst time.
                let next = try Listening(configuration, inherited: sockets.inherited)
                try sockets.check(configuration)
                _ = try Serve.siteSettings(configuration)
                _ = try TrustedPublishers(configuration)
                let needsCertificate = sockets.needCertificate || next.needCertificate
                let policy = try Serve.policy(configuration)
                let settings = try Serve.liveSettings(
                    configuration, needsCertificate: needsCertificate, loops: Serve.loops(first))
                server.use(settings)
                index.use(policy)
                for line in Self.report(from: last, to: configuration, first: first) { log.report("SIGHUP: \(line)") }
                for line in TrustFiles.report(policy) { log.report(line) }
                if let warning = settings.tls.flatMap(Certificate.warning) { log.report(warning) }
                last = configuration
            } catch {
                log.report("SIGHUP: \(error.message): \(error.mend); everything stays as it was")
            }
        }
    }

    /// What has changed, and what of it waits for the next start, one line each.
    static func report(from last: Configuration, to next: Configuration, first: Configuration) -> [String] {
        var news = Setting.all.filter { $0.isLive && next.texts($0.name) != last.texts($0.name) }
            .map { "\($0.name) is '\(next.texts($0.name).joined(separator: ","))'" }
        let certificate = next.text("tlsCertificate")
        if !certificate.isEmpty { news.append("new connections use the certificate that '\(certificate)' holds now") }
        let waiting = Setting.all.filter { !$0.isLive && next.texts($0.name) != first.texts($0.name) }.map(\.name)
        var lines = [news.isEmpty ? "nothing that can change now has changed" : news.joined(separator: "; ")]
        if !waiting.isEmpty { lines.append("\(waiting.joined(separator: ", ")) changed, which needs a restart") }
        return lines
    }
}
