public import Packaging

/// Who does something, when, and from where: what every row of the journal says.
public struct Occasion: Hashable, Sendable {
    /// The name of the token or account, or of the command that an administrator ran.
    public let actor: String
    /// When it happened.
    public let time: UploadTime
    /// The name of the token that was shown, where that is not the actor itself; nil otherwise.
    public let token: String?
    /// From where; empty for the command line.
    public let client: Client

    /// An occasion.
    public init(actor: String, time: UploadTime, token: String? = nil, client: Client = Client()) {
        self.actor = actor
        self.time = time
        self.token = token
        self.client = client
    }
}

/// Where a request comes from, as the journal keeps it.
public struct Client: Hashable, Sendable {
    /// User agents are cut to so many bytes: anybody can send any text.
    public static let userAgentLimitBytes = 200

    /// The address; nil when there is none (the command line, tests).
    public let address: String?
    /// What the client says it is, without control characters, at most ``userAgentLimitBytes`` long; nil when it says
    /// nothing.
    public let userAgent: String?

    /// A client.
    ///
    /// - Parameter userAgent: as received.
    public init(address: String? = nil, userAgent: String? = nil) {
        self.address = address
        self.userAgent = userAgent.map(Self.shortened)
    }

    /// Without controls (C0, DEL, C1 of ISO 6429), and cut between two characters.
    private static func shortened(_ text: String) -> String {
        var short = ""
        for scalar in text.unicodeScalars {
            guard scalar.value >= 0x20, !(0x7F...0x9F).contains(scalar.value) else { continue }
            guard short.utf8.count + UTF8.width(scalar) <= userAgentLimitBytes else { break }
            short.unicodeScalars.append(scalar)
        }
        return short
    }
}
