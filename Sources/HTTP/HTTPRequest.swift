/// A request method (RFC 9110 §9). Names are case-sensitive.
public enum HTTPMethod: Hashable, Sendable {
    /// The methods that a package index knows.
    case get, head, post, put, patch, delete, options
    /// Any other token.
    case other(String)

    /// The method as it stands in a request line.
    public var name: String {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .patch: "PATCH"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        case .other(let name): name
        }
    }
}

/// The head of one request, checked: its framing is unambiguous and its target is a clean path.
public struct HTTPRequest: Sendable {
    /// What to do.
    public let method: HTTPMethod
    /// To what.
    public let target: RequestTarget
    /// 1 for HTTP/1.1 (and later 1.x), 0 for HTTP/1.0.
    public let minorVersion: Int
    /// The field lines as received.
    public let fields: RequestFields
    /// How the body is delimited.
    public let framing: BodyFraming
    /// The address of the client, for the log; set by the server. Empty in tests.
    public var peer = ""
    /// Whether the client speaks TLS, with the server or with a proxy that it trusts; set by the server.
    public var isSecure = false

    /// A request from its checked parts.
    public init(
        method: HTTPMethod, target: RequestTarget, minorVersion: Int, fields: RequestFields, framing: BodyFraming
    ) {
        self.method = method
        self.target = target
        self.minorVersion = minorVersion
        self.fields = fields
        self.framing = framing
    }
}

/// How a request's body is delimited (RFC 9112 §6.3).
public enum BodyFraming: Equatable, Sendable {
    /// No body.
    case none
    /// Exactly this many bytes, more than 0.
    case sized(Int64)
    /// `Transfer-Encoding: chunked`.
    case chunked
}
