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
        case .tooMany: .tooManyRequests
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
    ///
    /// - Parameters:
    ///   - isProblem: whether the client gets problem details, whatever it asks for.
    ///   - home: the relative address of the home page, for a body that people can read; `nil` for text only.
    static func failure(
        _ status: HTTPStatus, _ sentence: String, to request: HTTPRequest, isProblem: Bool = false,
        home: @autoclosure () -> String? = nil
    ) -> HTTPResponse {
        var response = HTTPResponse.text(status, sentence)
        switch isProblem ? .problem : ErrorForm.choose(for: request) {
        case .problem:
            let type: (StaticString, String) = ("Content-Type", "application/problem+json")
            response.fields = HTTPFields([type, ("X-Content-Type-Options", "nosniff")])
            let title = JSON.string(String(describing: status.phrase))
            let detail = JSON.string(printable(sentence))
            let problem =
                "{\"title\":\(title),\"status\":\(status.code),\"detail\":\(detail)}\n"
            response.body = .bytes(Array(problem.utf8))
        case .page:
            guard let home = home() else { break }
            response.fields = HTTPFields([("Content-Type", "text/html; charset=utf-8")])
            response.fields.append(HTML.guards)
            response.body = .bytes(HTML.failure(status, sentence, home: home))
        case .text:
            break
        }
        if status == .unauthorized {
            // pip, uv and browsers ask for credentials only when they see this (RFC 9110 §11.6.1).
            response.fields.append("WWW-Authenticate", "Basic realm=\"Wheelhouse\", charset=\"UTF-8\"")
        }
        // pip and poetry wait as long as they are told.
        if status == .serviceUnavailable { response.fields.append("Retry-After", "5") }
        response.fields.append(uncached)
        return response
    }

    private static let uncached = HTTPFields([("Cache-Control", "no-store")])
}

/// In what form a failure is told.
private enum ErrorForm {
    case text, problem, page

    private static let offers: [(type: String, form: ErrorForm)] = [
        ("text/plain", .text), ("application/problem+json", .problem), ("application/json", .problem),
        // Installers take HTML too, but only after this; they show nothing of the body.
        ("application/vnd.pypi.simple.v1+json", .text), ("text/html", .page),
    ]
    private static let accept = Accept(offers: offers.map(\.type))

    static func choose(for request: HTTPRequest) -> ErrorForm {
        if SimpleNegotiation.isInstaller(request) { return .text }
        return accept.choose(request.fields).map { offers[$0].form } ?? .text
    }
}

extension Site {
    /// The answer to a request that failed: for browsers a page with a way back.
    func failure(_ status: HTTPStatus, _ sentence: String, to request: HTTPRequest) -> HTTPResponse {
        guard isForBrowsers(request) else { return .failure(status, sentence, to: request) }
        var response = HTTPResponse.failure(
            status, sentence, to: request, home: homeAddress(from: request.target.path))
        if let signedIn = signedIn(request), case .bytes(let bytes) = response.body {
            response.body = .bytes(personal(bytes, request, signedIn))
        }
        return response
    }

    /// Whether a page may be the answer: to whoever looks, and to who acts on one.
    private func isForBrowsers(_ request: HTTPRequest) -> Bool {
        switch request.method {
        case .get, .head: true
        case .post: Route(path: pathBelowBase(request.target.path) ?? "").isForm
        default: false
        }
    }

    /// The relative address of `/` from a path.
    func homeAddress(from path: String) -> String {
        guard path.hasPrefix(settings.basePath + "/") else { return settings.basePath + "/" }
        let depth = path.utf8.dropFirst(settings.basePath.utf8.count + 1).count { $0 == UInt8(ascii: "/") }
        return depth == 0 ? "./" : String(repeating: "../", count: depth)
    }
}

extension HTML {
    fileprivate static func failure(_ status: HTTPStatus, _ sentence: String, home: String) -> [UInt8] {
        let title = String(describing: status.phrase)
        var html = HTML()
        html.begin(title: "\(title) · Wheelhouse", root: home)
        html.element("h1", title)
        html.markup("\n")
        html.element("p", sentence)
        html.markup("\n<p>")
        html.link(home, "All packages")
        html.markup("</p>\n")
        html.end()
        return html.bytes
    }
}
