/// The rules of a head that concern the fields `Host`, `Expect`, `Content-Length` and `Transfer-Encoding`.
enum HeadRules {
    /// RFC 9112 §3.2: exactly one valid `Host`; HTTP/1.0 may leave it out.
    static func checkHost(_ fields: RequestFields, minorVersion: Int) throws(HTTPError) {
        guard let host = fields.bytes(.host) else {
            guard fields.mayOccur(.host) || minorVersion > 0 else { return }
            throw HTTPError(.badRequest, "The request must have exactly one Host field.")
        }
        guard Authority.isValid(host) else {
            throw HTTPError(.badRequest, "The Host field is not a host name or address with an optional port.")
        }
    }

    /// RFC 9110 §10.1.1: `100-continue` is the only expectation, and HTTP/1.0 has none.
    static func checkExpect(_ fields: RequestFields, minorVersion: Int) throws(HTTPError) {
        guard fields.mayOccur(.expect), minorVersion > 0 else { return }
        guard let value = fields.bytes(.expect), value.matches("100-continue") else {
            throw HTTPError(.expectationFailed, "The only expectation that is met here is 100-continue.")
        }
    }

    /// RFC 9112 §6.3: how the body ends. Whatever is ambiguous is an error.
    static func framing(_ fields: RequestFields, minorVersion: Int) throws(HTTPError) -> BodyFraming {
        let hasLength = fields.mayOccur(.contentLength)
        guard fields.mayOccur(.transferEncoding) else {
            guard hasLength else { return .none }
            return try sized(fields)
        }
        guard !hasLength else {
            throw HTTPError(.badRequest, "Transfer-Encoding and Content-Length exclude each other; send one of them.")
        }
        guard minorVersion > 0 else {
            throw HTTPError(.badRequest, "HTTP/1.0 has no Transfer-Encoding; send Content-Length.")
        }
        guard let coding = fields.bytes(.transferEncoding) else {
            throw HTTPError(.badRequest, "Transfer-Encoding must stand on one line.")
        }
        guard coding.matches("chunked") else { throw unknown(coding) }
        return .chunked
    }

    private static func sized(_ fields: RequestFields) throws(HTTPError) -> BodyFraming {
        guard let value = fields.bytes(.contentLength) else {
            throw HTTPError(.badRequest, "Content-Length occurs more than once.")
        }
        guard let length = value.saturatingDecimal else {
            throw HTTPError(.badRequest, "Content-Length must be a decimal number.")
        }
        guard length < .max else {
            throw HTTPError(.contentTooLarge, "Content-Length is larger than anything that could be stored.")
        }
        return length == 0 ? .none : .sized(length)
    }

    /// 501 for codings that nobody here knows (RFC 9112 §6.1), 400 for a list that could be read in two ways.
    private static func unknown(_ value: ArraySlice<UInt8>) -> HTTPError {
        let codings = value.separated(by: Grammar.comma)
        let areTokens = codings.allSatisfy { !$0.isEmpty && $0.allSatisfy(Grammar.isToken) }
        guard areTokens, !codings.dropLast().contains(where: { $0.matches("chunked") }) else {
            return HTTPError(.badRequest, "Transfer-Encoding must be 'chunked' and nothing else.")
        }
        return HTTPError(.notImplemented, "The only transfer coding that is known here is chunked.")
    }
}

extension HTTPRequest {
    /// Whether the client lets the connection live after the answer (RFC 9112 §9.3).
    public var wantsKeepAlive: Bool {
        if fields.contains(.connection, token: "close") { return false }
        return minorVersion > 0 || fields.contains(.connection, token: "keep-alive")
    }

    /// Whether the client waits for `100 Continue` before it sends the body (RFC 9110 §10.1.1).
    public var expectsContinue: Bool {
        framing != .none && minorVersion > 0 && fields.mayOccur(.expect)
    }

    /// Host and port that the client named: the target's, else those of `Host`; `nil` in HTTP/1.0 without either
    /// (RFC 9112 §3.2.2).
    public var authority: String? { target.authority ?? fields[.host] }
}
