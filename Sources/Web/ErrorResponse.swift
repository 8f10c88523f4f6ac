import HTTP
import Wheelhouse

extension IndexError.Code {
    /// The one table from what went wrong to the status that says so.
    var status: HTTPStatus {
        switch self {
        case .invalid: .badRequest
        case .unauthenticated: .unauthorized
        case .forbidden: .forbidden
        case .notFound: .notFound
        // What twine, poetry and pdm know as "exists already" is a 400 with these words in the phrase.
        case .exists: .badRequest
        case .gone: .gone
        case .tooLarge: .contentTooLarge
        case .full: .insufficientStorage
        case .busy: .serviceUnavailable
        case .failed: .internalServerError
        }
    }
}

extension HTTPResponse {
    /// The answer to a request that failed: the sentence stands in the reason phrase, which is all that twine and hatch
    /// show, and in the body, as problem details (RFC 9457) for clients such as uv that ask for JSON.
    static func failure(_ status: HTTPStatus, _ sentence: String, to request: HTTPRequest) -> HTTPResponse {
        var response = HTTPResponse.text(status, sentence)
        if prefersJSON(request) {
            let type: (StaticString, String) = ("Content-Type", "application/problem+json")
            response.fields = HTTPFields([type, ("X-Content-Type-Options", "nosniff")])
            let title = String(describing: status.phrase)
            let problem =
                "{\"title\":\(JSON.string(title)),\"status\":\(status.code),\"detail\":\(JSON.string(sentence))}\n"
            response.body = .bytes(Array(problem.utf8))
        }
        if status == .unauthorized {
            // pip, uv and browsers ask for credentials only when they see this (RFC 9110 §11.6.1).
            response.fields.append("WWW-Authenticate", "Basic realm=\"Wheelhouse\", charset=\"UTF-8\"")
        }
        // pip and poetry wait as long as they are told.
        if status == .serviceUnavailable { response.fields.append("Retry-After", "5") }
        response.fields.append("Cache-Control", "no-store")
        return response
    }

    static func failure(_ error: IndexError, to request: HTTPRequest) -> HTTPResponse {
        failure(error.code.status, error.sentence, to: request)
    }

    private static let offers = Accept(offers: ["text/plain", "application/problem+json", "application/json"])

    private static func prefersJSON(_ request: HTTPRequest) -> Bool {
        (offers.choose(request.fields) ?? 0) > 0
    }
}

/// Writing JSON text (RFC 8259).
enum JSON {
    /// A string literal with its quotes.
    static func string(_ text: String) -> String {
        var literal = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": literal += "\\\""
            case "\\": literal += "\\\\"
            case "\n": literal += "\\n"
            case "\u{0}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                literal += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: literal.unicodeScalars.append(scalar)
            }
        }
        return literal + "\""
    }
}
