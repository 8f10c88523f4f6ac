import HTTP
public import Posix

/// The proxies whose word about the client is believed: its address and whether it came by TLS.
///
/// From anybody else these fields are ignored, because whoever sends a request can write them.
public struct TrustedProxies: Sendable {
    private let ranges: [AddressRange]
    private let trustsUnixSockets: Bool

    /// - Parameter unixSockets: whether whoever reaches a Unix socket is one of them.
    public init(_ ranges: [AddressRange], unixSockets: Bool = false) {
        self.ranges = ranges
        trustsUnixSockets = unixSockets
    }

    /// Whether this peer is one of them.
    func contain(_ peer: SocketAddress) -> Bool {
        if case .unix = peer { return trustsUnixSockets }
        // The usual list is empty: then nothing is parsed for each connection.
        guard !ranges.isEmpty, let address = NumericAddress(peer.host) else { return false }
        return contain(address)
    }

    private func contain(_ address: NumericAddress) -> Bool {
        ranges.contains { $0.contains(address) }
    }

    /// Sets `peer` and `isSecure` of a request by what the proxy says that sent it.
    ///
    /// The proxy wrote the rightmost address. Further ones are believed as long as each belongs to a trusted proxy. When
    /// there are fields of both kinds, those without a standard count: proxies that write them pass a client's own
    /// `Forwarded` on.
    func apply(to request: inout HTTPRequest) {
        let addresses = request.fields[.xForwardedFor]
        let scheme = request.fields[.xForwardedProto]
        if addresses == nil, scheme == nil, let forwarded = request.fields[.forwarded] {
            return apply(Self.elements(forwarded), to: &request)
        }
        apply(addresses.map(Self.list) ?? [], to: &request)
        if let scheme = scheme.map(Self.list)?.last { request.isSecure = scheme.lowercased() == "https" }
    }

    private func apply(_ addresses: [String], to request: inout HTTPRequest) {
        apply(addresses.map { Hop(address: $0) }, to: &request)
    }

    private func apply(_ hops: [Hop], to request: inout HTTPRequest) {
        for hop in hops.reversed() {
            if let scheme = hop.scheme { request.isSecure = scheme == "https" }
            // `unknown`, `_hidden` (RFC 7239 §6) and nonsense: what is left of it is anybody's word.
            guard let address = hop.address.flatMap(Self.numeric) else { return }
            request.peer = address.description
            guard contain(address) else { return }
        }
    }

    private struct Hop {
        var address: String?
        var scheme: String?
    }

    private static func list(_ value: String) -> [String] {
        value.split(separator: ",").map { trimmed($0) }.filter { !$0.isEmpty }
    }

    /// RFC 7239 §4: `for=192.0.2.1;proto=https, for="[2001:db8::1]:47011"`. No address and no scheme holds a comma, a
    /// semicolon or an escape, so a quoted text that does is nonsense and ends up as no address.
    private static func elements(_ value: String) -> [Hop] {
        list(value).map { element in
            var hop = Hop()
            for pair in element.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1).map { trimmed($0) }
                guard parts.count == 2 else { continue }
                switch parts[0].lowercased() {
                case "for": hop.address = unquoted(parts[1])
                case "proto": hop.scheme = unquoted(parts[1]).lowercased()
                default: break
                }
            }
            return hop
        }
    }

    /// An address that may have a port behind it: `192.0.2.1:80`, `[2001:db8::1]:80`, `[2001:db8::1]`.
    private static func numeric(_ text: String) -> NumericAddress? {
        if text.hasPrefix("[") { return NumericAddress(String(text.dropFirst().prefix { $0 != "]" })) }
        if let address = NumericAddress(text) { return address }
        let parts = text.split(separator: ":")
        return parts.count == 2 ? NumericAddress(String(parts[0])) : nil
    }

    private static func unquoted(_ text: String) -> String {
        guard text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return text }
        return String(text.dropFirst().dropLast())
    }

    private static func trimmed(_ text: Substring) -> String {
        let blanks: Set<Character> = [" ", "\t"]
        return String(String(text.drop { blanks.contains($0) }.reversed()).drop { blanks.contains($0) }.reversed())
    }
}
