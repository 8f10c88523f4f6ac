import HTTP

/// The answer to a request that the protocol itself refuses, before any handler sees it.
enum ErrorPage {
    static func response(_ error: HTTPError) -> HTTPResponse {
        var response = HTTPResponse.text(error.status, error.reason)
        // After such an error it is not certain where the next request would begin (RFC 9112 §9.3).
        response.closesConnection = true
        return response
    }
}
