import HTTP
import Packaging
import Wheelhouse

/// A call of an endpoint, checked against its row.
struct APICall: Sendable {
    /// The project of the path; `nil` where it names none.
    let project: ProjectName?
    /// What stands in the path.
    let parameters: [PathParameter: String]
    /// The members of the query and the body.
    let members: [String: JSONValue]
    /// Who calls; `nil` where nobody need say.
    let principal: Principal?
    /// What they were known by; `nil` for what cannot be read.
    let credentials: Credentials?
    /// From where.
    let caller: Caller

    /// A string; `nil` when it was not sent.
    func text(_ name: String) -> String? { if case .text(let text)? = members[name] { text } else { nil } }

    /// A string that the row says is sent.
    func needed(_ name: String) throws(IndexError) -> String {
        guard let text = text(name) else { throw IndexError(.invalid, "'\(name)' is missing") }
        return text
    }

    /// What stands in the path, which has it by the row.
    func needed(_ parameter: PathParameter) throws(IndexError) -> String {
        guard let text = parameters[parameter] else { throw IndexError(.notFound, "The address names nothing") }
        return text
    }

    /// The project, which the path has by the row.
    func neededProject() throws(IndexError) -> ProjectName {
        guard let project else { throw IndexError(.notFound, "There is no project of this name here") }
        return project
    }

    /// Who calls, which the row says must be known.
    func neededPrincipal() throws(IndexError) -> Principal {
        guard let principal else { throw IndexError(.unauthenticated, "Credentials are needed") }
        return principal
    }

    /// A number; `nil` when it was not sent.
    func integer(_ name: String) -> Int64? { if case .integer(let number)? = members[name] { number } else { nil } }

    /// The members of an object that are strings; none when it was not sent.
    func table(_ name: String) -> [String: String] {
        guard case .object(let members)? = members[name] else { return [:] }
        return members.compactMapValues { if case .text(let text) = $0 { text } else { nil } }
    }

    /// Whether it was sent and is true.
    func isOn(_ name: String) -> Bool { members[name] == .flag(true) }

    /// The strings of a list; none when it was not sent.
    func texts(_ name: String) -> [String] {
        guard case .list(let elements)? = members[name] else { return [] }
        return elements.compactMap { if case .text(let text) = $0 { text } else { nil } }
    }
}

/// What an endpoint answers: the text of a JSON document, or nothing.
struct APIAnswer: Sendable {
    let json: String?

    init(_ json: String?) { self.json = json }
}

/// Why a call is refused.
private struct APIFailure: Error {
    let status: HTTPStatus
    let sentence: String
    /// The methods that the address answers, with 405.
    var allowed: String?
    var error: IndexError?

    init(_ status: HTTPStatus, _ sentence: String, allowed: String? = nil) {
        self.status = status
        self.sentence = sentence
        self.allowed = allowed
    }

    /// The same table as for uploads, but for what only these clients tell apart.
    init(_ error: IndexError) {
        switch error.code {
        case .invalid: status = .unprocessableContent
        case .exists: status = .conflict
        default: status = error.code.status
        }
        sentence = error.sentence
        self.error = error
    }
}

extension Site {
    private static var bodyLimitBytes: Int { 64 << 10 }

    /// Answers a request below `/api/`.
    func api(_ path: String, _ request: HTTPRequest, _ body: any HTTPBodyReader) async -> HTTPResponse {
        do throws(APIFailure) {
            let (endpoint, parameters) = try route(path, request.method)
            let call = try await check(endpoint, parameters, request, body)
            return try await answer(endpoint, call)
        } catch {
            if let error = error.error { await note(error, request) }
            var response = HTTPResponse.failure(error.status, error.sentence, to: request, isProblem: true)
            if let seconds = error.error?.retryAfterSeconds { response.fields.append("Retry-After", "\(seconds)") }
            if let allowed = error.allowed { response.fields.append("Allow", allowed) }
            return response
        }
    }

    private func answer(_ endpoint: Endpoint, _ call: APICall) async throws(APIFailure) -> HTTPResponse {
        let answer: APIAnswer
        do {
            answer = try await endpoint.handle(self, call)
        } catch {
            throw APIFailure(error)
        }
        var response = HTTPResponse(endpoint.status, fields: Self.apiFields)
        guard let json = answer.json else { return response }
        response.fields.append("Content-Type", "application/json")
        response.body = .bytes(Array(json.utf8))
        return response
    }

    private static let apiFields = HTTPFields([
        ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"), ("Vary", "Authorization"),
    ])

    private func route(
        _ path: String, _ method: HTTPMethod
    ) throws(APIFailure) -> (Endpoint, [PathParameter: String]) {
        let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        let all = Endpoint.all.compactMap { endpoint in endpoint.match(segments).map { (endpoint, $0) } }
        // An address that is an endpoint's as it stands is that one's.
        let exact = all.filter { $0.0.segments.count == segments.count }
        let found = exact.isEmpty ? all : exact
        guard !found.isEmpty else {
            throw APIFailure(
                .notFound, "There is nothing at this address; \(settings.basePath)/api/openapi.json has all of them")
        }
        let wanted = method == .head ? .get : method
        if let endpoint = found.first(where: { $0.0.method == wanted }) { return endpoint }
        var methods = found.map(\.0.method.name)
        if methods.contains("GET") { methods.append("HEAD") }
        let allowed = methods.joined(separator: ", ")
        throw APIFailure(.methodNotAllowed, "This address answers \(allowed) only", allowed: allowed)
    }

    /// Credentials first: who may not call is told nothing about what was sent.
    private func check(
        _ endpoint: Endpoint, _ parameters: [PathParameter: String], _ request: HTTPRequest,
        _ body: any HTTPBodyReader
    ) async throws(APIFailure) -> APICall {
        let project = try project(of: parameters)
        let principal: Principal?
        do {
            principal = try await admit(endpoint.access, project, request)
        } catch {
            throw APIFailure(error)
        }
        var members = try queryMembers(endpoint, request.target)
        if let fields = endpoint.body {
            let sent = try await bodyMembers(request, body)
            if let fault = APISchema.fault(in: sent, fields) { throw APIFailure(.unprocessableContent, fault) }
            members.merge(sent) { _, sent in sent }
        }
        return APICall(
            project: project, parameters: parameters, members: members, principal: principal,
            credentials: credentials(of: request), caller: caller(request))
    }

    /// A name that no project can have is not here.
    private func project(of parameters: [PathParameter: String]) throws(APIFailure) -> ProjectName? {
        do {
            return try parameters[.project].map { name throws(PackagingError) in try ProjectName(name) }
        } catch {
            throw APIFailure(.notFound, IndexError(error).sentence)
        }
    }

    private func admit(
        _ access: Endpoint.Access, _ project: ProjectName?, _ request: HTTPRequest
    ) async throws(IndexError) -> Principal? {
        if access == .anyone { return nil }
        // Managers see more. To everybody else credentials make no difference, wrong ones neither.
        if access == .reader, index.isEverythingOpen {
            return Authorization(request.fields) == nil ? nil : try? await authenticate(request)
        }
        // What is private needs credentials also where reading is open, and is not there without.
        if access == .reader, isReadingOpen, Authorization(request.fields) == nil { return nil }
        let principal = try await authenticate(request)
        let verdict: Verdict =
            switch access {
            case .anyone, .member: .yes
            case .reader: isReadingOpen ? .yes : principal.mayReadPublic(index: indexName, project: project)
            case .manager: principal.may(.manage, index: indexName, project: project)
            case .sharer:
                project.map { principal.mayShare($0, index: indexName) } ?? principal.mayAdministrateServer()
            case .administrator: principal.may(.admin, index: indexName)
            case .serverAdministrator: principal.mayAdministrateServer()
            }
        if case .no(let reason) = verdict { throw IndexError(.forbidden, reason) }
        return principal
    }

    private func queryMembers(
        _ endpoint: Endpoint, _ target: RequestTarget
    ) throws(APIFailure) -> [String: JSONValue] {
        guard let items = target.queryItems else {
            throw APIFailure(.badRequest, "The query cannot be read; write name=value, percent-encoded, with & between")
        }
        var members: [String: JSONValue] = [:]
        for (name, word) in items {
            let schema = endpoint.query.first { $0.name == name }?.schema
            let isNew = members.updateValue(schema?.value(of: word) ?? .text(word), forKey: name) == nil
            guard isNew else { throw APIFailure(.unprocessableContent, "'\(name)' is given twice") }
        }
        if let fault = APISchema.fault(in: members, endpoint.query) { throw APIFailure(.unprocessableContent, fault) }
        return members
    }

    /// No body means an object without members.
    private func bodyMembers(
        _ request: HTTPRequest, _ body: any HTTPBodyReader
    ) async throws(APIFailure) -> [String: JSONValue] {
        var bytes: [UInt8] = []
        do throws(HTTPError) {
            while try await body.read(into: &bytes) {
                guard bytes.count <= Self.bodyLimitBytes else {
                    throw HTTPError(.contentTooLarge, "The body is larger than \(Self.bodyLimitBytes) bytes")
                }
            }
        } catch {
            throw APIFailure(error.status, error.reason)
        }
        guard !bytes.isEmpty else { return [:] }
        let type = request.fields[.contentType]?.split(separator: ";").first.map(String.init)?.lowercased()
        guard type?.trimmed == "application/json" else {
            throw APIFailure(.unsupportedMediaType, "Send the body as application/json")
        }
        let value: JSONValue
        do {
            value = try JSONValue(bytes)
        } catch {
            throw APIFailure(.badRequest, error.sentence)
        }
        guard case .object(let members) = value else {
            throw APIFailure(.unprocessableContent, "The body must be a JSON object")
        }
        return members
    }
}

extension Endpoint {
    /// What stands in place of the parameters; `nil` when the path is another.
    fileprivate func match(_ path: [Substring]) -> [PathParameter: String]? {
        let segments = segments
        var further = path.count - segments.count
        var rest = path[...]
        var parameters: [PathParameter: String] = [:]
        for segment in segments {
            guard let word = rest.popFirst() else { return nil }
            guard segment.hasPrefix("{") else {
                guard segment == word else { return nil }
                continue
            }
            guard !word.isEmpty, let parameter = PathParameter(rawValue: String(segment.dropFirst().dropLast())) else {
                return nil
            }
            parameters[parameter] = String(word)
            guard parameter.hasSlashes, further > 0 else { continue }
            parameters[parameter] = ([word] + rest.prefix(further)).joined(separator: "/")
            rest = rest.dropFirst(further)
            further = 0
        }
        return rest.isEmpty ? parameters : nil
    }
}
