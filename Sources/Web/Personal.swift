import HTTP
import Packaging
import Wheelhouse

// Pages for people are the same for everybody who sees the same projects, and prepared once. For who has signed in two places of
// them are filled with what is theirs alone, in a copy that nobody else gets.

extension HTML {
    /// Stands before and behind what the header says of who looks.
    static let accountMark: StaticString = "<!--account-->"
    /// Stands where the link to manage a project belongs.
    static let manageMark: StaticString = "<!--manage-->"
}

extension Site {
    /// Answers with a page for people.
    func answer(_ page: PreparedPage, _ request: HTTPRequest, for viewer: Viewer) -> HTTPResponse {
        guard let signedIn = viewer.signedIn, let guards = page.guards else { return page.answer(request) }
        return answer(page.bytes, guards, request, for: signedIn)
    }

    /// Answers with a page for who has signed in. No cache may keep it, and it is not compressed: its length would tell
    /// letters of the session's form token to who can have words put beside it (the attack called BREACH).
    func answer(
        _ bytes: [UInt8], _ guards: HTTPFields, _ request: HTTPRequest, for signedIn: SignedIn,
        status: HTTPStatus = .ok
    ) -> HTTPResponse {
        var fields = HTTPFields([("Content-Type", Self.html), ("Cache-Control", "no-store"), ("Vary", "Cookie")])
        fields.append(guards)
        var response = HTTPResponse(status, fields: fields, body: .bytes(personal(bytes, request, signedIn)))
        response.principal = { signedIn.principal.name }
        return response
    }

    /// A page with what is somebody's alone in its places.
    func personal(_ page: [UInt8], _ request: HTTPRequest, _ signedIn: SignedIn) -> [UInt8] {
        let root = homeAddress(from: request.target.path)
        let account = Array(HTML.accountMark.description.utf8)
        guard let begin = page.firstRange(of: account), let end = page[begin.upperBound...].firstRange(of: account)
        else { return page }
        var html = HTML()
        html.account(signedIn, root: root, index: indexName == PackageIndex.mainIndex ? nil : indexName)
        var filled = page[..<begin.lowerBound] + html.bytes
        let rest = page[end.upperBound...]
        guard let place = rest.firstRange(of: Array(HTML.manageMark.description.utf8)),
            let project = Route(path: pathBelowBase(request.target.path) ?? "").managedProject,
            signedIn.principal.may(.manage, index: indexName, project: project) == .yes
        else { return Array(filled + rest) }
        var link = HTML()
        link.markup("<p class=\"bar\">")
        link.link("\(root)manage/\(project.normalized)/", "Manage", label: "Manage \(project.normalized)")
        link.markup("</p>\n")
        filled += rest[..<place.lowerBound] + link.bytes
        return Array(filled + rest[place.upperBound...])
    }
}

extension HTML {
    /// Who is signed in, and the way out.
    ///
    /// - Parameter index: where somebody acts, so that nobody changes in one index what was meant for another; `nil` for
    ///   `main`.
    fileprivate mutating func account(_ signedIn: SignedIn, root: String, index: String?) {
        markup(" ")
        if let index {
            badge("index \(index)")
            markup(" ")
        }
        link(root + "account", signedIn.principal.name)
        markup(" ")
        beginForm(root + "sign-out", for: signedIn)
        markup("<button class=\"plain\">Sign out</button>")
        endForm()
    }
}
