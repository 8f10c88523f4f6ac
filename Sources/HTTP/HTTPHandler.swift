/// The one seam between the server, which moves bytes, and what a request means.
///
/// The server calls it on the event loop that owns the connection: a handler never blocks there. It answers every
/// request with a response; there is no way to fail, so that an error page is a decision of the handler.
public protocol HTTPHandler: Sendable {
    /// Answers one request.
    ///
    /// A handler need not read the body. What it leaves is discarded by the server up to a limit, beyond which the
    /// connection is closed after the response.
    func respond(to request: HTTPRequest, body: any HTTPBodyReader) async -> HTTPResponse
}

/// The body of one request, as it arrives. Two implementations: the server's connection, and bytes in tests.
public protocol HTTPBodyReader: AnyObject {
    /// Bytes that the head declared, 0 when the request has no body, `nil` when it is chunked (RFC 9112 §6.3).
    var declaredLength: Int64? { get }

    /// Appends the next decoded bytes to `buffer`, at most what has arrived and at most the reader's chunk size.
    ///
    /// The first call sends `100 Continue` when the client waits for it (RFC 9110 §10.1.1).
    ///
    /// - Returns: `false` when the body is complete and nothing was appended.
    /// - Throws: `HTTPError` 400 for broken framing, 408 when the client is too slow, 413 over the limit.
    func read(into buffer: inout [UInt8]) async throws(HTTPError) -> Bool
}
