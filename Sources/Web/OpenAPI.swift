import HTTP
import Wheelhouse

/// The document at `/api/openapi.json`, made of the rows of `Endpoint.all` (OpenAPI 3.1.0).
enum OpenAPI {
    static func document(of endpoints: [Endpoint], basePath: String) -> String {
        var paths: [(path: String, operations: [String])] = []
        for endpoint in endpoints {
            let operation = "\"\(endpoint.method.name.lowercased())\":\(operation(endpoint))"
            if let known = paths.firstIndex(where: { $0.path == endpoint.path }) {
                paths[known].operations.append(operation)
            } else {
                paths.append((endpoint.path, [operation]))
            }
        }
        let items = paths.map { "\(JSON.string($0.path)):{\($0.operations.joined(separator: ","))}" }
        return """
            {"openapi":"3.1.0","info":{"title":"Wheelhouse","version":"1",\
            "description":"Management of a Python package index. Credentials are sent as for uploads; cookies are not read."},\
            "servers":[{"url":\(JSON.string(basePath.isEmpty ? "/" : basePath))}],\
            "paths":{\(items.joined(separator: ","))},\
            "components":{"securitySchemes":{\
            "basic":{"type":"http","scheme":"basic","description":"any user, the token as password"},\
            "bearer":{"type":"http","scheme":"bearer"}},\
            "schemas":{"problem":\(problem.json)}}}

            """
    }

    /// RFC 9457; without a type, which means `about:blank`.
    private static let problem = APISchema.object([
        APIField("title", .text(), isRequired: true),
        APIField("status", .integer(400...599), isRequired: true),
        APIField("detail", .text(), "what is wrong, and how to mend it", isRequired: true),
    ])

    private static func operation(_ endpoint: Endpoint) -> String {
        var members = ["\"summary\":\(JSON.string(endpoint.summary))"]
        let inPath = endpoint.parameters.map { parameter in
            let about = parameter.hasSlashes ? ",\"description\":\"its slashes stand as they are, not encoded\"" : ""
            return "{\"name\":\"\(parameter.rawValue)\",\"in\":\"path\",\"required\":true\(about),"
                + "\"schema\":\(parameter.schema.json)}"
        }
        let inQuery = endpoint.query.map { field in
            "{\"name\":\(JSON.string(field.name)),\"in\":\"query\",\"required\":\(field.isRequired),"
                + "\"description\":\(JSON.string(field.about)),\"schema\":\(field.schema.json)}"
        }
        members.append("\"parameters\":[\((inPath + inQuery).joined(separator: ","))]")
        if let body = endpoint.body {
            let isRequired = body.contains(where: \.isRequired)
            let schema = APISchema.object(body).json
            members.append(
                "\"requestBody\":{\"required\":\(isRequired),\"content\":{\"application/json\":{\"schema\":\(schema)}}}"
            )
        }
        members.append("\"responses\":{\(responses(endpoint).joined(separator: ","))}")
        members.append("\"security\":[\(endpoint.access.security)]")
        return "{\(members.joined(separator: ","))}"
    }

    private static func responses(_ endpoint: Endpoint) -> [String] {
        let content = endpoint.answer.map { ",\"content\":{\"application/json\":{\"schema\":\($0.json)}}" } ?? ""
        let success = "\"\(endpoint.status.code)\":{\"description\":\"\(endpoint.status.phrase)\"\(content)}"
        let problem = "\"application/problem+json\":{\"schema\":{\"$ref\":\"#/components/schemas/problem\"}}"
        // The server itself refuses what is no clean request, such as an encoded slash in the path.
        let text = ",\"text/plain\":{\"schema\":{\"type\":\"string\"}}"
        return [success]
            + endpoint.failures.map { status in
                "\"\(status.code)\":{\"description\":\"\(status.phrase)\","
                    + "\"content\":{\(problem)\(status == .badRequest || status == .uriTooLong ? text : "")}}"
            }
    }
}

extension Endpoint {
    /// Those of the path, in its order.
    var parameters: [PathParameter] {
        segments.compactMap { segment in
            segment.hasPrefix("{") ? PathParameter(rawValue: String(segment.dropFirst().dropLast())) : nil
        }
    }

    /// What a client may be answered that does something wrong.
    fileprivate var failures: [HTTPStatus] {
        var failures: [HTTPStatus] = [.badRequest]
        if access != .anyone { failures += [.unauthorized, .forbidden] }
        // What the path or the body names may not be there.
        if canMiss || !parameters.isEmpty || body != nil { failures.append(.notFound) }
        if canConflict { failures.append(.conflict) }
        if !parameters.isEmpty { failures.append(.uriTooLong) }
        if body != nil { failures += [.contentTooLarge, .unsupportedMediaType] }
        return failures + [.unprocessableContent]
    }
}

extension Endpoint.Access {
    /// The alternatives of OpenAPI; the empty object stands for no credentials.
    fileprivate var security: String {
        switch self {
        case .anyone: ""
        case .reader: #"{"basic":[]},{"bearer":[]},{}"#
        default: #"{"basic":[]},{"bearer":[]}"#
        }
    }
}
