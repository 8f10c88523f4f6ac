/// A request that cannot be served as it stands: the status to answer with, and one sentence for the client.
public struct HTTPError: Error, Equatable, Sendable {
    /// A 4xx or 5xx status.
    public let status: HTTPStatus
    /// What is wrong and how to mend it; one line, no paths, no secrets.
    public let reason: String

    /// An error with its reason.
    public init(_ status: HTTPStatus, _ reason: String) {
        self.status = status
        self.reason = reason
    }
}
