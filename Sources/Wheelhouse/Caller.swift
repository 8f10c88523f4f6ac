import Storage

/// Who asks, as far as the connection tells: for the journal.
public struct Caller: Sendable {
    let client: Client

    /// A caller.
    ///
    /// - Parameters:
    ///   - address: of the client; empty when it is not known.
    ///   - userAgent: as received; nil when it sent none.
    public init(address: String, userAgent: String?) {
        client = Client(address: address.isEmpty ? nil : address, userAgent: userAgent)
    }

    /// Nobody in particular.
    public static let unknown = Caller(address: "", userAgent: nil)
}
