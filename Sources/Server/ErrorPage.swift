import HTTP

/// The answer to a request that the protocol itself refuses, before any handler sees it.
enum ErrorPage {
    static func response(_ error: HTTPError) -> HTTPResponse {
        var response = HTTPResponse.text(error.status, error.reason)
        // After such an error it is not certain where the next request would begin (RFC 9112 §9.3).
        response.closesConnection = true
        return response
    }

    /// The answer to a client that has as many connections as it may. 503 is what installers wait for and try again.
    static let tooManyConnections: HTTPResponse = {
        var response = Self.response(
            HTTPError(
                .serviceUnavailable, "There are too many connections from this address; close some, and try again"))
        response.fields.append("Retry-After", "5")
        return response
    }()
}
