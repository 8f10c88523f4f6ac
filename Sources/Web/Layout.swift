import HTTP
import Packaging

/// What all pages for people share: head, header with the search field, landmarks, footer.
extension HTML {
    /// Fields that keep a browser from doing what no page here asks for.
    static let guards = HTTPFields([
        ("X-Content-Type-Options", "nosniff"),
        (
            "Content-Security-Policy",
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
                + "frame-ancestors 'none'"
        ), ("Referrer-Policy", "same-origin"),
    ])

    /// The same for a page with a description, whose images are elsewhere.
    static let guardsWithImages = HTTPFields([
        ("X-Content-Type-Options", "nosniff"),
        (
            "Content-Security-Policy",
            "default-src 'none'; style-src 'self'; img-src 'self' https:; form-action 'self'; base-uri 'none'; "
                + "frame-ancestors 'none'"
        ), ("Referrer-Policy", "same-origin"),
    ])

    /// Begins a page; what follows stands in its `main`.
    ///
    /// - Parameters:
    ///   - root: the relative address of `/`, with its slash.
    ///   - query: what stands in the search field.
    mutating func begin(title: String, root: String, query: String = "") {
        markup("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        markup("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>")
        text(title)
        markup("</title>\n<link rel=\"stylesheet\" href=\"")
        text(root + Style.address)
        markup("\">\n<link rel=\"icon\" type=\"image/svg+xml\" href=\"")
        text(root + "_/icon.svg")
        for feed in Feed.allCases {
            markup("\">\n<link rel=\"alternate\" type=\"application/rss+xml\" title=\"")
            text(feed.title)
            markup("\" href=\"")
            text(root + feed.path.dropFirst())
        }
        markup("\">\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to content</a>\n")
        header(root: root, query: query)
        markup("<main id=\"main\" tabindex=\"-1\">\n")
        self.root = root
    }

    /// Ends the page.
    mutating func end() {
        markup("</main>\n<footer class=\"site\"><nav aria-label=\"More\"><ul>")
        let links =
            [("projects/", "All projects")] + Feed.allCases.map { (String($0.path.dropFirst()), "Feed: \($0.title)") }
            + [("simple/", "Simple API")]
        for (address, name) in links {
            markup("<li>")
            link(root + address, name)
            markup("</li>\n")
        }
        markup("</ul></nav></footer>\n</body>\n</html>\n")
    }

    private mutating func header(root: String, query: String) {
        markup("<header class=\"site\"><div>\n<a class=\"brand\" href=\"")
        text(root)
        markup("\"><img src=\"")
        text(root + "_/icon.svg")
        markup("\" alt=\"\" width=\"24\" height=\"24\">Wheelhouse</a>\n<form role=\"search\" action=\"")
        text(root + "search")
        markup("\"><label class=\"hidden\" for=\"q\">Search packages</label>")
        markup("<input id=\"q\" name=\"q\" type=\"search\" placeholder=\"Search packages\" maxlength=\"200\" ")
        markup("autocapitalize=\"off\" spellcheck=\"false\" value=\"")
        text(query)
        markup("\"><button>Search</button></form>\n<nav aria-label=\"Site\">")
        link(root + "projects/", "Projects")
        markup(HTML.accountMark)
        link(root + "sign-in", "Sign in")
        markup(HTML.accountMark)
        markup("</nav>\n</div></header>\n")
    }
}

/// Parts that several pages have.
extension HTML {
    /// How a badge or a notice is meant.
    enum Tone {
        case plain, good, warning, bad
    }

    /// Where the page is: the pages above it, and its own name.
    mutating func crumbs(_ above: [(address: String, name: String)], current: String) {
        markup("<nav class=\"crumbs\" aria-label=\"Breadcrumbs\"><ol>")
        for (address, name) in above {
            markup("<li>")
            link(address, name)
            markup("</li>")
        }
        markup("<li aria-current=\"page\">")
        text(current)
        markup("</li></ol></nav>\n")
    }

    /// A word or two that stand out.
    mutating func badge(_ words: String, _ tone: Tone = .plain) {
        markup("<span class=\"badge")
        self.tone(tone)
        text(words)
        markup("</span>")
    }

    /// A sentence that a reader must not miss.
    mutating func notice(_ sentence: String, _ tone: Tone = .plain) {
        markup("<p class=\"notice")
        self.tone(tone)
        text(sentence)
        markup("</p>\n")
    }

    private mutating func tone(_ tone: Tone) {
        switch tone {
        case .plain: markup("\">")
        case .good: markup(" good\">")
        case .warning: markup(" warning\">")
        case .bad: markup(" bad\">")
        }
    }

    /// Lines to copy, each with the name of the tool that it is for: one click selects a line, without any script.
    mutating func commands(_ lines: [(tool: String, line: String)]) {
        markup("<dl class=\"commands\">\n")
        for (tool, line) in lines {
            element("dt", tool)
            markup("<dd><code class=\"copy\">")
            text(line)
            markup("</code></dd>\n")
        }
        markup("</dl>\n")
    }

    /// A moment, to the minute.
    mutating func time(_ time: UploadTime) {
        markup("<time datetime=\"")
        text(time.description)
        markup("\">")
        text(time.minute)
        markup("</time>")
    }
}

extension UploadTime {
    /// Such as `2026-11-20 10:00 UTC`.
    var minute: String {
        let text = description
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC"
    }
}
