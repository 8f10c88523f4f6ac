import Wheelhouse

/// Forms for people: each field has a label, says by `autocomplete` what it is for, and is tied to what is said of it.
extension HTML {
    /// A field for one line of text.
    struct Field {
        /// What kind of text it takes.
        enum Kind: String {
            case text, password
        }

        let name: String
        let label: String
        var kind = Kind.text
        /// What stands in it.
        var value = ""
        /// For browsers and password stores: what it is for (HTML, autofill).
        var autocomplete = "off"
        /// What helps to fill it in.
        var hint: String?
        /// What is wrong with what stands in it, and how to mend it.
        var error: String?
        var isRequired = false
        /// Whether it only shows what stands in it.
        var isFixed = false
        /// In characters.
        var limit = 200
    }

    /// Begins a form that is sent by POST, with the token of the session that it is made for.
    ///
    /// - Parameters:
    ///   - action: where to; made of checked parts.
    ///   - signedIn: `nil` for the form to sign in.
    mutating func beginForm(_ action: String, for signedIn: SignedIn?, isRow: Bool = true) {
        markup(isRow ? "<form method=\"post\" action=\"" : "<form class=\"fields\" method=\"post\" action=\"")
        text(action)
        markup("\">")
        if let signedIn { hidden(FormToken.name, signedIn.formToken) }
    }

    /// Ends a form.
    mutating func endForm() { markup("</form>\n") }

    /// A field that nobody sees.
    mutating func hidden(_ name: String, _ value: String) {
        markup("<input type=\"hidden\" name=\"")
        text(name)
        markup("\" value=\"")
        text(value)
        markup("\">")
    }

    /// A field with its label, its hint and its error. Its id is its name.
    mutating func field(_ field: Field) {
        markup("<p><label for=\"")
        text(field.name)
        markup("\">")
        text(field.label)
        markup("</label>")
        note(field.hint, of: field.name, "hint")
        note(field.error, of: field.name, "error")
        markup("<input id=\"")
        text(field.name)
        markup("\" name=\"")
        text(field.name)
        markup("\" type=\"")
        text(field.kind.rawValue)
        markup("\" maxlength=\"")
        text(String(field.limit))
        markup("\" autocapitalize=\"off\" spellcheck=\"false\" autocomplete=\"")
        text(field.autocomplete)
        if !field.value.isEmpty {
            markup("\" value=\"")
            text(field.value)
        }
        let notes = [field.hint.map { _ in "hint" }, field.error.map { _ in "error" }].compactMap { $0 }
        if !notes.isEmpty {
            markup("\" aria-describedby=\"")
            text(notes.map { "\(field.name)-\($0)" }.joined(separator: " "))
        }
        markup(field.error == nil ? "\"" : "\" aria-invalid=\"true\"")
        if field.isFixed { markup(" readonly") }
        markup(field.isRequired ? " required></p>\n" : "></p>\n")
    }

    private mutating func note(_ sentence: String?, of name: String, _ kind: StaticString) {
        guard let sentence else { return }
        markup("<span class=\"")
        markup(kind)
        markup("\" id=\"")
        text(name)
        markup("-")
        markup(kind)
        markup("\">")
        text(sentence)
        markup("</span>")
    }

    /// What was done, or why it was not.
    mutating func outcome(_ notice: Notice?, _ error: IndexError? = nil) {
        if let error {
            markup("<div role=\"alert\">")
            self.notice(error.sentence, .bad)
            markup("</div>\n")
        } else if let notice {
            markup("<div role=\"status\">")
            self.notice(notice.sentence, .good)
            markup("</div>\n")
        }
    }
}
