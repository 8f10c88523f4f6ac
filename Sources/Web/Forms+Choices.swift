import Wheelhouse

/// Parts of forms in which one chooses, or writes more than a line.
extension HTML {
    /// Something that one may choose.
    typealias Option = (value: String, words: String)

    /// One of several, in a list that opens. Its id is its name.
    ///
    /// - Parameter chosen: its value; of none: the first.
    mutating func choice(_ name: String, _ label: String, _ options: [Option], chosen: String = "") {
        markup("<p><label for=\"")
        text(name)
        markup("\">")
        text(label)
        markup("</label>\n<select id=\"")
        text(name)
        markup("\" name=\"")
        text(name)
        markup("\">")
        for option in options {
            markup(option.value == chosen ? "<option selected value=\"" : "<option value=\"")
            text(option.value)
            markup("\">")
            text(option.words)
            markup("</option>")
        }
        markup("</select></p>\n")
    }

    /// Any of several.
    mutating func choices(_ name: String, _ legend: String, _ options: [Option], chosen: Set<String>) {
        markup("<fieldset>")
        element("legend", legend)
        for option in options {
            markup("<label><input type=\"checkbox\" name=\"")
            text(name)
            markup("\" value=\"")
            text(option.value)
            markup(chosen.contains(option.value) ? "\" checked> " : "\"> ")
            text(option.words)
            markup("</label>\n")
        }
        markup("</fieldset>\n")
    }

    /// Several lines of text. Its id is its name.
    mutating func lines(_ name: String, _ label: String, value: String = "", hint: String) {
        markup("<p><label for=\"")
        text(name)
        markup("\">")
        text(label)
        markup("</label><span class=\"hint\" id=\"")
        text(name)
        markup("-hint\">")
        text(hint)
        markup("</span><textarea id=\"")
        text(name)
        markup("\" name=\"")
        text(name)
        markup(
            "\" rows=\"6\" required spellcheck=\"false\" autocapitalize=\"off\" autocomplete=\"off\" aria-describedby=\""
        )
        text(name)
        // A browser takes a line's end right behind the tag away.
        markup("-hint\">\n")
        text(value)
        markup("</textarea></p>\n")
    }

    /// A button that sends a value: one of many in a form.
    ///
    /// - Parameters:
    ///   - words: what it does.
    ///   - object: to what, for those who hear only buttons.
    mutating func button(_ name: String, _ value: String, _ words: String, of object: String) {
        markup("<button class=\"plain\" name=\"")
        text(name)
        markup("\" value=\"")
        text(value)
        markup("\">")
        text(words)
        markup("<span class=\"hidden\"> ")
        text(object)
        markup("</span></button>")
    }
}

extension IndexError {
    /// Whether it belongs on the form that was sent, for who sent it to mend; else it is the server's own.
    var isForForm: Bool {
        switch code {
        case .invalid, .exists, .notFound, .forbidden, .tooLarge: true
        default: false
        }
    }
}
