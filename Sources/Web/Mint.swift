import HTTP
import Wheelhouse

/// Trusted publishing as uv, twine and pdm ask for it: at the root of the host, whatever the base path.
extension Site {
    /// `GET /_/oidc/audience`
    func audience() -> HTTPResponse {
        guard let trusted = settings.trustedPublishing else {
            var response = json("{\"message\":\(JSON.string(Self.noTrustedPublishing))}", .forbidden)
            response.reason = Self.noTrustedPublishing
            return response
        }
        return json("{\"audience\":\(JSON.string(trusted.audience))}")
    }

    /// `POST /_/oidc/mint-token`, `POST /_/oidc/burn-token`
    ///
    /// - Throws: `IndexError` when the index fails; every refusal is an answer.
    func exchange(
        _ route: Route, _ body: any HTTPBodyReader, _ request: HTTPRequest
    ) async throws(IndexError) -> HTTPResponse {
        do {
            guard let trusted = settings.trustedPublishing else {
                throw TrustedPublishing.Refusal(.disabled, Self.noTrustedPublishing)
            }
            let text = try await document(body)
            guard route == .mintToken else {
                try await trusted.burn(text, from: caller(request))
                return json("{\"success\":true}")
            }
            let token = try await trusted.mint(text, index: indexName, from: caller(request))
            return json("{\"success\":true,\"token\":\(JSON.string(token.text)),\"expires\":\(token.expires)}")
        } catch let refusal as TrustedPublishing.Refusal {
            return refused(refusal)
        } catch let error as HTTPError {
            return .failure(error.status, error.reason, to: request)
        } catch {
            throw IndexError(error)
        }
    }

    /// Why nobody gets a token for an ID token.
    static let noTrustedPublishing = "Trusted publishing is not enabled here; the server's oidcIssuers is empty"

    /// A body that is small.
    private func document(_ body: any HTTPBodyReader) async throws -> [UInt8] {
        var text: [UInt8] = []
        while try await body.read(into: &text) {
            guard text.count <= TrustedPublishing.requestLimitBytes else {
                throw HTTPError(
                    .contentTooLarge, "The request is larger than \(TrustedPublishing.requestLimitBytes) bytes")
            }
        }
        return text
    }

    /// The form in which twine and uv print a reason.
    private func refused(_ refusal: TrustedPublishing.Refusal) -> HTTPResponse {
        let sentence = HTTPResponse.printable(refusal.sentence)
        let error = "{\"code\":\(JSON.string(refusal.code.rawValue)),\"description\":\(JSON.string(sentence))}"
        var response = json("{\"message\":\"Token request failed\",\"errors\":[\(error)]}", .unprocessableContent)
        // What the ID token says may be long, and stands in the body in full.
        response.reason = String(sentence.prefix(300))
        return response
    }

    private func json(_ text: String, _ status: HTTPStatus = .ok) -> HTTPResponse {
        let fields = HTTPFields([
            ("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
        ])
        return HTTPResponse(status, fields: fields, body: .bytes(Array((text + "\n").utf8)))
    }
}
