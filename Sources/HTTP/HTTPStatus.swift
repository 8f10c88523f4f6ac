/// A status code (RFC 9110 §15) with its standard reason phrase.
public struct HTTPStatus: Hashable, Sendable {
    /// 100…599.
    public let code: Int
    /// The phrase of the code's registration.
    public let phrase: StaticString

    private init(_ code: Int, _ phrase: StaticString) {
        self.code = code
        self.phrase = phrase
    }

    /// Equality is the code's.
    public static func == (left: Self, right: Self) -> Bool { left.code == right.code }

    /// Hashes the code.
    public func hash(into hasher: inout Hasher) { hasher.combine(code) }

    /// 200
    public static let ok = HTTPStatus(200, "OK")
    /// 201
    public static let created = HTTPStatus(201, "Created")
    /// 204: never with a body or `Content-Length`.
    public static let noContent = HTTPStatus(204, "No Content")
    /// 206
    public static let partialContent = HTTPStatus(206, "Partial Content")
    /// 301
    public static let movedPermanently = HTTPStatus(301, "Moved Permanently")
    /// 303
    public static let seeOther = HTTPStatus(303, "See Other")
    /// 304: never with a body.
    public static let notModified = HTTPStatus(304, "Not Modified")
    /// 308
    public static let permanentRedirect = HTTPStatus(308, "Permanent Redirect")
    /// 400
    public static let badRequest = HTTPStatus(400, "Bad Request")
    /// 401: always with `WWW-Authenticate`.
    public static let unauthorized = HTTPStatus(401, "Unauthorized")
    /// 403
    public static let forbidden = HTTPStatus(403, "Forbidden")
    /// 404
    public static let notFound = HTTPStatus(404, "Not Found")
    /// 405: always with `Allow`.
    public static let methodNotAllowed = HTTPStatus(405, "Method Not Allowed")
    /// 406
    public static let notAcceptable = HTTPStatus(406, "Not Acceptable")
    /// 408
    public static let requestTimeout = HTTPStatus(408, "Request Timeout")
    /// 409
    public static let conflict = HTTPStatus(409, "Conflict")
    /// 410
    public static let gone = HTTPStatus(410, "Gone")
    /// 411
    public static let lengthRequired = HTTPStatus(411, "Length Required")
    /// 412
    public static let preconditionFailed = HTTPStatus(412, "Precondition Failed")
    /// 413
    public static let contentTooLarge = HTTPStatus(413, "Content Too Large")
    /// 414
    public static let uriTooLong = HTTPStatus(414, "URI Too Long")
    /// 415
    public static let unsupportedMediaType = HTTPStatus(415, "Unsupported Media Type")
    /// 416
    public static let rangeNotSatisfiable = HTTPStatus(416, "Range Not Satisfiable")
    /// 417
    public static let expectationFailed = HTTPStatus(417, "Expectation Failed")
    /// 421
    public static let misdirectedRequest = HTTPStatus(421, "Misdirected Request")
    /// 422
    public static let unprocessableContent = HTTPStatus(422, "Unprocessable Content")
    /// 429
    public static let tooManyRequests = HTTPStatus(429, "Too Many Requests")
    /// 431 (RFC 6585 §5)
    public static let requestHeaderFieldsTooLarge = HTTPStatus(431, "Request Header Fields Too Large")
    /// 500
    public static let internalServerError = HTTPStatus(500, "Internal Server Error")
    /// 501
    public static let notImplemented = HTTPStatus(501, "Not Implemented")
    /// 503: with `Retry-After` where the wait is known.
    public static let serviceUnavailable = HTTPStatus(503, "Service Unavailable")
    /// 505
    public static let versionNotSupported = HTTPStatus(505, "HTTP Version Not Supported")
    /// 507 (RFC 4918 §11.5)
    public static let insufficientStorage = HTTPStatus(507, "Insufficient Storage")
}
