import Glibc

/// What systemd and this process tell each other (sd_listen_fds(3), sd_notify(3)). Without systemd nothing happens.
public enum ServiceManager {
    /// A listening socket that systemd opened.
    public struct PassedSocket: Sendable {
        /// The socket, now non-blocking and close-on-exec.
        public let socket: Socket
        /// Where it listens.
        public let address: SocketAddress
        /// `FileDescriptorName=` of its unit; the unit's own name without that.
        public let name: String
    }

    /// A passed descriptor that is no listening stream socket, by its number.
    public struct NotListening: Error, Hashable, Sendable {
        /// The descriptor; the first one is 3.
        public let descriptor: Int32
    }

    /// The sockets that systemd passed to this process (`LISTEN_PID`, `LISTEN_FDS`, `LISTEN_FDNAMES`); call it once,
    /// before any thread exists: the variables are removed, so that no child believes that they are meant for it.
    ///
    /// - Throws: `NotListening` for the first descriptor that cannot be used.
    public static func passedSockets() throws(NotListening) -> [PassedSocket] {
        let process = variable("LISTEN_PID")
        let count = variable("LISTEN_FDS").flatMap(Int32.init) ?? 0
        let names = variable("LISTEN_FDNAMES")?.split(separator: ":", omittingEmptySubsequences: false) ?? []
        for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsafe unsetenv(name) }
        guard process == "\(getpid())", count > 0 else { return [] }
        var sockets: [PassedSocket] = []
        for index in 0..<min(count, 1024) {
            let name = Int(index) < names.count ? String(names[Int(index)]) : ""
            sockets.append(try adopt(3 + index, named: name))
        }
        return sockets
    }

    /// What a service can say about itself.
    public enum State: Sendable {
        /// It accepts connections, or has read its configuration again.
        case ready
        /// It reads its configuration again.
        case reloading
        /// It finishes what is in flight.
        case stopping
    }

    /// Tells systemd (`NOTIFY_SOCKET`). A message that does not arrive is lost: it changes nothing for clients.
    public static func notify(_ state: State) {
        guard let path = variable("NOTIFY_SOCKET") else { return }
        let message =
            switch state {
            case .ready: "READY=1"
            case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(Clock.monotonicNanoseconds / 1_000)"
            case .stopping: "STOPPING=1"
            }
        send(message, to: path)
    }

    private static func variable(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }

    private static func adopt(_ descriptor: Int32, named name: String) throws(NotListening) -> PassedSocket {
        var isListening: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &size) == 0, isListening == 1
        else { throw NotListening(descriptor: descriptor) }
        let socket = Socket(File(adopting: descriptor))
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        guard let address = try? socket.localAddress() else { throw NotListening(descriptor: descriptor) }
        return PassedSocket(socket: socket, address: address, name: name)
    }

    private static func send(_ message: String, to path: String) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        let file = File(adopting: descriptor)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(path.utf8)
        guard !name.isEmpty, name.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        // An abstract address: its first byte is 0 and its length counts (unix(7)).
        let isAbstract = name[0] == UInt8(ascii: "@")
        if isAbstract { name[0] = 0 }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
        let length = MemoryLayout<sa_family_t>.size + name.count + (isAbstract ? 0 : 1)
        let text = Array(message.utf8)
        unsafe withUnsafeBytes(of: &address) { bytes in
            _ = unsafe sendto(
                file.descriptor, text, text.count, Int32(MSG_NOSIGNAL),
                bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(length))
        }
    }
}
