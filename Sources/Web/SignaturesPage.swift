import HTTP
import Packaging
import Wheelhouse

extension Site {
    /// `GET /manage/{project}/signatures`, `POST /manage/{project}/signatures`
    func signatures(_ name: String, _ act: Act) async throws(IndexError) -> HTTPResponse {
        let project = try await sharedProject(name, act)
        guard let form = act.form else { return try await signaturesPage(project, act) }
        do throws(IndexError) {
            // A browser sends the ends of lines as CR LF (WHATWG HTML, "form submission").
            let text = (form["signature"] ?? "").replacing("\r\n", with: "\n")
            let file = form["file"] ?? ""
            let place = try await index.place(ofFile: file, index: indexName, for: act.principal)
            guard place.project == project.name else {
                throw IndexError(.notFound, "\(project.name.normalized) has no file '\(file)'")
            }
            let addition = try await index.addSignature(
                Array(text.utf8), to: file, sha256: nil, index: indexName, by: act.principal,
                from: act.caller)
            let notice: Notice =
                addition.isReleased ? .fileReleased : addition.isNew ? .signatureAdded : .signatureKnown
            return done(notice, act, see: "manage/\(project.name.normalized)/signatures")
        } catch  where error.isForForm {
            return try await signaturesPage(project, act, refused: error)
        }
    }

    private func signaturesPage(
        _ project: SharedProject, _ act: Act, refused error: IndexError? = nil
    ) async throws(IndexError) -> HTTPResponse {
        let paging = try Paging(act.request)
        let state = try await index.signatureState(of: project.name, index: indexName, files: paging.positions)
        try paging.check(total: state.fileCount)
        return await page(act, refused: error) {
            SignaturesPage(act: act, project: project, state: state, page: paging.number, error: error).html()
        }
    }
}

/// The page at `/manage/{project}/signatures`: who must sign its files, and who has.
struct SignaturesPage {
    let act: Act
    let project: SharedProject
    let state: SignatureState
    let page: Int
    let error: IndexError?

    func html() -> [UInt8] {
        var html = HTML()
        html.beginManaging(.signatures, project)
        html.outcome(act.notice, error)
        html.markup("<h2>Who must sign</h2>\n")
        addExplanation(to: &html)
        html.markup("<h2>Who has signed</h2>\n")
        addFiles(to: &html)
        html.pager(page, of: Paging.count(state.fileCount), [])
        if !state.files.isEmpty { addForm(to: &html) }
        html.end()
        return html.bytes
    }

    private func addExplanation(to html: inout HTML) {
        html.markup("<ul>\n")
        for line in state.explanation {
            html.markup(line.hasPrefix("  ") ? "<li class=\"meta\">" : "<li>")
            html.text(line.trimmed)
            html.markup("</li>\n")
        }
        html.markup(
            "</ul>\n<p class=\"meta\">Nobody changes this here: it is the file that <code>policy</code> names in ")
        html.markup("the server’s configuration, of which <code>wheelhouse policy explain</code> says the same.</p>\n")
    }

    private func addFiles(to html: inout HTML) {
        guard !state.files.isEmpty else {
            html.notice("This project has no files.")
            return
        }
        html.markup("<table class=\"stack\">\n<thead><tr><th>File</th><th>Signatures</th></tr></thead>\n<tbody>\n")
        for file in state.files {
            html.markup("<tr><td>")
            html.link(file.address(below: "../../packages/") + ".signatures", file.filename)
            html.markup("</td><td data-label=\"Signatures\">")
            html.badge(file.signatures.isSigned ? "signed" : "not signed", file.signatures.isSigned ? .good : .plain)
            html.markup(" ")
            if file.holdReason != nil { html.badge("held", .warning) }
            for sentence in [file.signatures.sentence, file.holdReason].compactMap(\.self) {
                html.markup("<div class=\"meta\">")
                html.text(sentence)
                html.markup("</div>")
            }
            html.markup("</td></tr>\n")
        }
        html.markup("</tbody>\n</table>\n")
    }

    private func addForm(to html: inout HTML) {
        html.markup("<h2>Add a signature</h2>\n")
        html.beginForm("signatures", for: act.signedIn, isRow: false)
        let sent = error == nil ? nil : act.form
        html.choice("file", "Of", state.files.map { ($0.filename, $0.filename) }, chosen: sent?["file"] ?? "")
        html.lines(
            "signature", "Signature", value: sent?["signature"] ?? "",
            hint: "The text of an attestation, a Sigstore bundle, or a signature of SSH, OpenPGP or minisign.")
        html.markup("<p><button>Add this signature</button></p>\n")
        html.endForm()
    }
}
