import HTTP

extension Site {
    /// Why a change is refused that a page of another site has a browser ask for; `nil` when none does.
    ///
    /// Browsers send the credentials that somebody once typed with every request, also with those that other sites cause, and
    /// tell by these fields who caused it (Fetch Metadata, RFC 6454 §7). Installers and uploaders send neither.
    func refusalOfStranger(_ request: HTTPRequest) -> String? {
        switch request.method {
        case .get, .head, .options: return nil
        default: break
        }
        let site = request.fields[HTTPFieldName("sec-fetch-site")]
        let isForeign =
            site.map { $0 != "same-origin" && $0 != "none" } ?? request.fields[.origin].map { !isOwn($0, request) }
            ?? false
        return isForeign ? "A page of another site may not change anything here" : nil
    }

    /// Whether an origin is this server, by the name that the client knows it by. A proxy may have added TLS.
    private func isOwn(_ origin: String, _ request: HTTPRequest) -> Bool {
        if settings.publicAddress == origin || settings.publicAddress.hasPrefix(origin + "/") { return true }
        guard let authority = request.authority else { return false }
        return origin == "https://\(authority)" || origin == "http://\(authority)"
    }
}
