import HTTP
import Wheelhouse

/// What the pages look like: the one style sheet, light and dark, from a phone to a wide screen and on paper.
///
/// Elements look right by themselves; the classes are for what elements cannot say. `HTML` has functions for those with *.
///
/// | class | for |
/// | --- | --- |
/// | `lead` | the summary below a page's `h1` |
/// | `meta` | small and soft: a line of facts below a name. `hidden` | for screen readers only |
/// | `crumbs` * | where the page is |
/// | `badge` *, `notice` * | a word, a sentence that stands out; with `good`, `warning` or `bad` |
/// | `copy` | on `code` or `pre`: one click selects all of it |
/// | `commands` * | a `dl` of tools and their lines to copy |
/// | `facts` | a `dl` of short names and values, in two columns |
/// | `counts` | a `dl` of large numbers |
/// | `results` | a `ul` of projects: `h2` or `h3`, `p`, `p.meta` in each `li` |
/// | `columns` | a `ul` of many short names |
/// | `bar`, `pager` | a row of links or controls; the links between pages |
/// | `split` | content and an `aside`: two columns where there is room |
/// | `stack` | a `table` whose rows become blocks on a phone: each `td` names its column in `data-label`, but the first |
/// | `scroll` | a `div` around a table that must keep its columns; give it `tabindex="0"` |
/// | `number`, `time`, `digest`, `yanked` | on `td`: right, unbroken, broken anywhere, struck out |
/// | `address` | on `td`: broken only where the line has no room for it |
/// | `actions` | a `ul` of links to what can be done
/// | `readme` | a `div` of rendered Markdown: its headings and images keep their place |
/// | `chart` | an `svg` of bars (`rect`), with `text` |
/// | `danger`, `plain` | on `button`: what cannot be taken back; what looks like a link |
/// | `fields`, `hint`, `error` * | a form, its fields below each other; what helps with a field, what is wrong with it |
enum Style {
    /// Its address below `/`. It changes with its content, so that no browser shows a new page in an old style.
    static let address = "_/style.css?\(rendered.identity.tag.prefix(12))"

    private static let rendered = RenderedPage(Array(sheet.utf8), serial: nil)

    /// The style sheet, ready to be sent.
    static let page = PreparedPage(
        rendered,
        fields: HTTPFields([
            ("Content-Type", "text/css; charset=utf-8"), ("Cache-Control", "max-age=31536000, immutable"),
            ("X-Content-Type-Options", "nosniff"),
        ]), vary: "Accept-Encoding")

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

    private static let sheet = colors + elements + site + parts + tables + readme + narrow + paper + projects

    // Text has a contrast of 4.5:1 at least, borders of controls 3:1 (WCAG 2.2, 1.4.3 and 1.4.11).
    private static let colors = """
        :root { color-scheme: light dark; --page: #fff; --panel: #f5f7f9; --text: #1b2026; --soft: #57606b;
            --line: #d5dbe2; --control: #78828e; --link: #0b57a4; --on-link: #fff; --plain: #e8ecf1;
            --good: #dff3e4; --on-good: #0e5527; --warning: #fdf0cf; --on-warning: #654300; --bad: #fde5e3; --on-bad: #8a1b16;
            --code: ui-monospace, "SFMono-Regular", "DejaVu Sans Mono", Menlo, Consolas, monospace; }
        @media (prefers-color-scheme: dark) { :root { --page: #0f1419; --panel: #181f27; --text: #e4e8ed; --soft: #9fa9b5;
            --line: #2e3742; --control: #76818e; --link: #7db8ff; --on-link: #0b1118; --plain: #29323d;
            --good: #123820; --on-good: #93e2ae; --warning: #3c2e07; --on-warning: #f3d074; --bad: #451917; --on-bad: #ffb9b2; } }

        """

    private static let elements = """
        *, ::before, ::after { box-sizing: border-box; }
        html { -webkit-text-size-adjust: none; text-size-adjust: none; scroll-padding-top: 1rem; }
        body { background: var(--page); color: var(--text); font: 1rem/1.55 system-ui, sans-serif; margin: 0;
            display: flex; flex-direction: column; min-height: 100vh; overflow-wrap: break-word; }
        main { flex: 1; padding: 1.5rem 0 3rem; outline: none; }
        main, header.site > div, footer.site > nav { width: min(72rem, 100% - 2rem); margin: 0 auto; }
        a { color: var(--link); text-underline-offset: .15em; text-decoration-thickness: 1px; }
        a:hover { text-decoration-thickness: 2px; }
        :focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px; }
        h1, h2, h3, h4 { line-height: 1.25; margin: 2rem 0 .6rem; overflow-wrap: anywhere; }
        h1 { font-size: 1.9rem; margin-top: 0; }
        h2 { font-size: 1.3rem; }
        h3 { font-size: 1.08rem; }
        p, ul, ol, dl, pre, table { margin: .6rem 0; }
        ul, ol { padding-left: 1.4rem; }
        dd { margin: 0; }
        code, pre, kbd { font: .875rem/1.5 var(--code); }
        code { overflow-wrap: anywhere; }
        pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .7rem .9rem;
            white-space: pre-wrap; overflow-wrap: anywhere; }
        hr { border: 0; border-top: 1px solid var(--line); margin: 2rem 0; }
        summary { cursor: pointer; min-height: 1.75rem; }
        input, select, textarea, button { font: inherit; color: inherit; background: var(--page); max-width: 100%;
            border: 1px solid var(--control); border-radius: 6px; min-height: 2.5rem; padding: .3rem .7rem; }
        input[type="checkbox"], input[type="radio"] { min-height: 0; width: 1.25rem; height: 1.25rem; vertical-align: -.25rem; }
        ::placeholder { color: var(--soft); opacity: 1; }
        button { background: var(--link); border-color: var(--link); color: var(--on-link); cursor: pointer; font-weight: 600;
            overflow-wrap: normal; }
        button:hover { filter: brightness(1.12); }
        button.plain { background: none; border-color: transparent; color: var(--link); font-weight: 400; padding: 0;
            text-decoration: underline 1px; text-underline-offset: .15em; }
        button.danger { background: var(--bad); border-color: var(--on-bad); color: var(--on-bad); }
        .fields { max-width: 30rem; }
        .fields label, .fields .hint, .fields .error { display: block; }
        .fields label { font-weight: 600; }
        .fields input:not([type]), .fields input[type="text"], .fields input[type="password"], .fields textarea { width: 100%; }
        .actions { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; list-style: none; margin: 0; padding: 0; }
        .hint { color: var(--soft); font-size: .9rem; }
        .error { color: var(--on-bad); }
        td .plain { min-height: 1.6rem; }
        .fields fieldset label { font-weight: 400; padding: .2rem 0; }
        legend { font-weight: 600; padding: 0 .3rem; }
        fieldset { border: 1px solid var(--line); border-radius: 6px; }
        ins { background: var(--good); color: var(--on-good); text-decoration: none; }
        del { background: var(--bad); color: var(--on-bad); }

        """

    private static let site = """
        .skip { position: absolute; left: 1rem; top: -6rem; background: var(--link); color: var(--on-link);
            padding: .6rem 1rem; border-radius: 0 0 6px 6px; z-index: 1; }
        .skip:focus { top: 0; }
        .hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
        header.site { background: var(--panel); border-bottom: 1px solid var(--line); }
        header.site > div { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1.25rem; padding: .6rem 0; }
        header.site form[role] { display: flex; flex: 1 1 16rem; gap: .5rem; margin: 0; }
        header.site input { flex: 1; min-width: 0; }
        header.site a { display: flex; align-items: center; gap: .5rem; min-height: 2.5rem; }
        header.site nav { display: flex; flex-wrap: wrap; align-items: center; gap: 0 1.25rem; overflow-wrap: anywhere; }
        .brand { color: inherit; font-size: 1.15rem; font-weight: 700; text-decoration: none; }
        footer.site { border-top: 1px solid var(--line); color: var(--soft); font-size: .9rem; }
        footer.site ul { display: flex; flex-wrap: wrap; gap: 0 1.5rem; list-style: none; padding: .5rem 0; margin: 0; }
        footer.site a { display: inline-block; padding: .5rem 0; }
        .crumbs { font-size: .9rem; margin-bottom: .75rem; }
        .crumbs ol { display: flex; flex-wrap: wrap; list-style: none; padding: 0; margin: 0; }
        .crumbs a { display: inline-block; padding: .2rem 0; }
        .crumbs li { overflow-wrap: anywhere; padding: .2rem 0; }
        .crumbs li + li::before { content: "/"; color: var(--soft); padding: 0 .5rem; }
        .crumbs li a { padding: 0; }

        """

    private static let parts = """
        .lead { font-size: 1.15rem; color: var(--soft); margin-top: 0; overflow-wrap: anywhere; }
        .meta { color: var(--soft); font-size: .9rem; }
        .badge { display: inline-block; background: var(--plain); border-radius: 1rem; font-size: .8rem; font-weight: 600;
            line-height: 1.4; padding: .1rem .6rem; vertical-align: .1em; white-space: nowrap; }
        .notice { background: var(--panel); border-left: 4px solid var(--control); border-radius: 3px; padding: .7rem 1rem; }
        .good { background: var(--good); color: var(--on-good); border-color: var(--on-good); }
        .warning { background: var(--warning); color: var(--on-warning); border-color: var(--on-warning); }
        .bad { background: var(--bad); color: var(--on-bad); border-color: var(--on-bad); }
        .copy, .copy code { -webkit-user-select: all; user-select: all; cursor: copy; }
        .commands { display: grid; grid-template-columns: max-content minmax(0, 1fr); border: 1px solid var(--line);
            border-radius: 6px; background: var(--panel); }
        .commands dt { color: var(--soft); font-size: .9rem; padding: .5rem 0 .5rem .9rem; }
        .commands dd { padding: .45rem .9rem; }
        .commands dd code { display: block; }
        .commands dt ~ dt, .commands dt ~ dt + dd { border-top: 1px solid var(--line); }
        .facts { display: grid; grid-template-columns: minmax(6rem, max-content) minmax(0, 1fr); gap: .35rem 1rem; }
        .facts dt { color: var(--soft); }
        .facts dd { overflow-wrap: anywhere; }
        .counts { display: flex; flex-wrap: wrap; gap: .75rem 2.5rem; margin: 1rem 0; }
        .counts div { display: flex; flex-direction: column-reverse; }
        .counts dt { color: var(--soft); font-size: .9rem; }
        .counts dd { font-size: 1.5rem; font-weight: 600; line-height: 1.2; font-variant-numeric: tabular-nums; }
        .results { list-style: none; padding: 0; }
        .results li { border-top: 1px solid var(--line); padding: .8rem 0; }
        .results h2, .results h3 { font-size: 1.08rem; margin: 0; }
        .results p { margin: .15rem 0 0; overflow-wrap: anywhere; }
        .columns { columns: 15rem; padding-left: 1.2rem; }
        .columns li { break-inside: avoid; overflow-wrap: anywhere; padding: .1rem 0; }
        .bar, .pager ul { display: flex; flex-wrap: wrap; align-items: center; gap: .35rem .6rem; margin: 1rem 0; padding: 0;
            list-style: none; }
        .bar a, .bar [aria-current], .pager a, .pager [aria-current] { display: inline-block; min-width: 2.5rem; min-height: 2.5rem;
            line-height: 1.5rem; padding: .45rem .6rem; text-align: center; border: 1px solid var(--line); border-radius: 6px; }
        .bar a:not(:hover), .pager a:not(:hover) { text-decoration: none; }
        .bar [aria-current], .pager [aria-current] { background: var(--link); border-color: var(--link); color: var(--on-link); }
        .letters { gap: .35rem; }
        .split { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 20rem); gap: 0 3rem; align-items: start; }
        .split > * > :first-child { margin-top: 0; }
        .chart { display: block; width: 100%; height: auto; fill: var(--link); }
        .chart text { fill: var(--soft); font-size: 11px; }

        """

    private static let tables = """
        table { border-collapse: collapse; width: 100%; }
        caption { text-align: left; color: var(--soft); font-size: .9rem; padding-bottom: .3rem; }
        th, td { border-bottom: 1px solid var(--line); padding: .45rem 1.25rem .45rem 0; text-align: left; vertical-align: top; }
        th { color: var(--soft); font-size: .85rem; font-weight: 600; }
        th:last-child, td:last-child { padding-right: 0; }
        td { overflow-wrap: anywhere; }
        .scroll { overflow-x: auto; }
        td.number, th.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
        td.time { white-space: nowrap; }
        td.address { overflow-wrap: break-word; }
        .digest, td code { word-break: break-all; }
        .yanked a { text-decoration: line-through; }

        """

    private static let readme = """
        .readme > :first-child { margin-top: 0; }
        .readme h2 { font-size: 1.55rem; }
        .readme h3 { font-size: 1.25rem; }
        .readme h2, .readme h3 { border-bottom: 1px solid var(--line); padding-bottom: .25rem; }
        .readme img { max-width: 100%; height: auto; }
        .readme pre { overflow-x: auto; white-space: pre; overflow-wrap: normal; }
        .readme :not(pre) > code { background: var(--panel); border-radius: 4px; padding: .1em .3em; }
        .readme blockquote { border-left: 4px solid var(--line); color: var(--soft); margin: .6rem 0; padding: 0 1rem; }
        .readme table { display: block; overflow-x: auto; width: max-content; max-width: 100%; }
        .readme th, .readme td { border: 1px solid var(--line); padding: .3rem .7rem; overflow-wrap: normal; }
        .readme td code { word-break: normal; overflow-wrap: normal; }
        .readme .plain { white-space: pre-wrap; }

        """

    // Browsers keep the roles of rows and cells that are shown as blocks.
    private static let narrow = """
        @media (max-width: 60rem) { .split { display: block; } .split > aside { margin-top: 2.5rem; } }
        @media (max-width: 42rem) {
            h1 { font-size: 1.6rem; }
            main { padding-top: 1.25rem; }
            header.site form[role] { order: 1; flex-basis: 100%; }
            header.site nav { margin-left: auto; }
            .commands, .facts { display: block; }
            .commands dt { padding: .5rem .9rem 0; }
            .commands dt ~ dt + dd { border-top: 0; }
            .commands dd { padding-top: .1rem; }
            .facts dd { margin-bottom: .5rem; }
            .stack thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
            .stack, .stack tbody, .stack tr, .stack td { display: block; }
            .stack tr { border-bottom: 1px solid var(--line); padding: .6rem 0; }
            .stack td { border: 0; padding: .1rem 0; }
            .stack td.number { text-align: left; }
            .stack td:empty { display: none; }
            .stack td[data-label]::before { content: attr(data-label) ": "; color: var(--soft); font-size: .9rem; }
        }

        """

    private static let paper = """
        @media print {
            :root { color-scheme: light; --page: #fff; --panel: #fff; --text: #000; --soft: #444; --link: #000; --line: #999; }
            header.site form, header.site nav, footer.site, .skip, .pager, .bar { display: none; }
            main, header.site > div { width: 100%; }
            pre, tr, .results li { break-inside: avoid; }
        }

        """

    // The pages of projects.
    private static let projects = """
        h1 .version { color: var(--soft); font-weight: 400; }
        .versions { list-style: none; padding: 0; }
        .versions li { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .75rem; padding: .25rem 0; }
        .readme .admonition { background: var(--panel); border-left: 4px solid var(--control); margin: .6rem 0; padding: .1rem 1rem; }
        .readme dd { margin-left: 1.5rem; }
        .meta details { display: block; }

        """
}
