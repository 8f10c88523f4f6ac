import HTTP

/// What the pages look like.
///
/// The one style sheet: small, light and dark, readable from a phone to a wide screen.
enum Style {
    static let response: HTTPResponse = {
        let fields = HTTPFields([
            ("Content-Type", "text/css; charset=utf-8"), ("Cache-Control", "max-age=3600"),
            ("X-Content-Type-Options", "nosniff"),
        ])
        return HTTPResponse(.ok, fields: fields, body: .bytes(Array(sheet.utf8)))
    }()

    /// A file of its own, because the Content-Security-Policy lets no page hold an image in a `data:` address.
    static let icon: HTTPResponse = {
        let fields = HTTPFields([
            ("Content-Type", "image/svg+xml"), ("Cache-Control", "max-age=3600"), ("X-Content-Type-Options", "nosniff"),
        ])
        return HTTPResponse(.ok, fields: fields, body: .bytes(Array(drawing.utf8)))
    }()

    /// A wheel.
    private static let drawing = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke="#2b7cd3" stroke-width="3">
        <circle cx="16" cy="16" r="13"/><circle cx="16" cy="16" r="3"/>
        <path d="M16 3v10M16 19v10M3 16h10M19 16h10"/></svg>

        """

    private static let sheet = """
        :root { color-scheme: light dark; --line: #8884; --soft: #8882; --link: #0b5cad; }
        @media (prefers-color-scheme: dark) { :root { --link: #7ab8ff; } }
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1rem; }
        header { border-bottom: 1px solid var(--line); margin-bottom: 1.5rem; padding-bottom: .5rem; }
        header a { font-weight: 600; text-decoration: none; }
        a { color: var(--link); }
        h1 { line-height: 1.2; margin: .5rem 0; }
        h2 { margin-top: 2rem; }
        pre { background: var(--soft); border-radius: 6px; overflow-x: auto; padding: .75rem 1rem; }
        code { font: 14px/1.5 ui-monospace, monospace; }
        table { border-collapse: collapse; display: block; overflow-x: auto; }
        th, td { border-bottom: 1px solid var(--line); padding: .3rem .75rem .3rem 0; text-align: left; vertical-align: top; }
        td code { display: block; min-width: 17rem; word-break: break-all; }
        .columns { columns: 14rem; padding-left: 1.2rem; }
        .columns li { break-inside: avoid; }
        .yanked { text-decoration: line-through; }
        td a { overflow-wrap: anywhere; }
        td:first-child { min-width: 14rem; }
        .number { text-align: right; white-space: nowrap; }
        .time { white-space: nowrap; }

        """
}
