import Markup
import Testing

/// What a description becomes.
func rendered(_ text: String, _ language: MarkupLanguage = .markdown, images: Bool = true) -> String {
    String(decoding: MarkupRenderer(hasImages: images).html(text, language), as: UTF8.self)
        .split(separator: "\n", omittingEmptySubsequences: true).joined(separator: "\n")
}

struct MarkdownTests {
    @Test(arguments: [
        ("a *b* **c** `d` ~~e~~", "<p>a <em>b</em> <strong>c</strong> <code>d</code> <del>e</del></p>"),
        ("# One\n", #"<h2 id="readme-one">One</h2>"#),
        ("###### Six", #"<h6 id="readme-six">Six</h6>"#),
        ("- a\n- b", "<ul><li>a</li>\n<li>b</li>\n</ul>"),
        ("- a\n\n- b", "<ul><li><p>a</p>\n</li>\n<li><p>b</p>\n</li>\n</ul>"),
        ("3. a", #"<ol start="3"><li>a</li>"# + "\n</ol>"),
        ("- [x] a\n- [ ] b", "<ul><li>\u{2611} a</li>\n<li>\u{2610} b</li>\n</ul>"),
        ("```python\n<a> & b\n```", "<pre tabindex=\"0\"><code>&lt;a&gt; &amp; b\n</code></pre>"),
        ("> a", "<blockquote><p>a</p>\n</blockquote>"),
        ("---", "<hr>"),
        ("a  \nb", "<p>a<br>b</p>"),
        (
            "|a|b|\n|:-|-:|\n|1|2|",
            #"<table tabindex="0"><thead><tr><th align="left">a</th>"# + "\n" + #"<th align="right">b</th>"#
                + "\n</tr>\n</thead>\n"
                + #"<tbody><tr><td align="left">1</td>"# + "\n" + #"<td align="right">2</td>"#
                + "\n</tr>\n</tbody>\n</table>"
        ),
        ("&copy; &lt;", "<p>\u{A9} &lt;</p>"),
        ("\\*a\\*", "<p>*a*</p>"),
    ])
    func `CommonMark and GitHub's additions`(markdown: String, html: String) {
        #expect(rendered(markdown) == html)
    }

    @Test(arguments: [
        (
            "[a](https://b.example/ 'c')",
            #"<p><a href="https://b.example/" rel="nofollow ugc noopener" title="c">a</a></p>"#
        ),
        (
            "<https://b.example/>",
            #"<p><a href="https://b.example/" rel="nofollow ugc noopener">https://b.example/</a></p>"#
        ),
        ("[a](mailto:b@c.example)", #"<p><a href="mailto:b@c.example" rel="nofollow ugc noopener">a</a></p>"#),
        ("[a](docs/b.md)", "<p><span>a</span></p>"),
        ("[a](//b.example)", "<p><span>a</span></p>"),
        ("[a](#b-c)", ##"<p><a href="#readme-b-c" rel="nofollow ugc noopener">a</a></p>"##),
        ("[a](javascript:alert(1))", "<p><span>a</span></p>"),
        ("[a]( java&#10;script:alert(1))", "<p><span>a</span></p>"),
        ("[a](https:/\\\\b.example)", "<p><span>a</span></p>"),
        (
            "see https://b.example/c, and www.d.example.",
            #"<p>see <a href="https://b.example/c" rel="nofollow ugc noopener">https://b.example/c</a>, and <a href="http://www.d.example" rel="nofollow ugc noopener">www.d.example</a>.</p>"#
        ),
        ("![a](https://b.example/c.png)", #"<p><img src="https://b.example/c.png" alt="a" loading="lazy"></p>"#),
        ("![a](http://b.example/c.png)", "<p>a</p>"),
        ("![a](c.png)", "<p>a</p>"),
        ("![a](data:image/png;base64,AA)", "<p>a</p>"),
    ])
    func `links and images have allowed addresses only`(markdown: String, html: String) {
        #expect(rendered(markdown) == html)
    }

    @Test func `without images there are their words`() {
        #expect(rendered("![a](https://b.example/c.png)", images: false) == "<p>a</p>")
        #expect(rendered(#"<img src="https://b.example/c.png" alt="a">"#, images: false) == "a")
    }

    @Test(arguments: [
        (
            #"<p align="center"><img src="https://a.example/b.svg" width="200px"></p>"#,
            #"<p align="center"><img src="https://a.example/b.svg" alt="" loading="lazy" width="200"></p>"#
        ),
        ("<div>\n\n# a\n\n</div>", "<div>\n" + #"<h2 id="readme-a">a</h2>"# + "\n</div>"),
        ("<details><summary>a</summary>\n\nb\n\n</details>", "<details><summary>a</summary>\n<p>b</p>\n</details>"),
        ("a <b>b</i> c", "<p>a <b>b c</b></p>"),
        ("</div></p></table>", ""),
        ("<div><b>a", "<div><b>a\n</b></div>"),
        ("a<br/>b", "<p>a<br>b</p>"),
        ("a <div>b</div> c", "<p>a b c</p>"),
        ("<p>a<p>b", "<p>a</p>\n<p>b\n</p>"),
        ("<!-- a --><b>c</b>", "<b>c</b>"),
        ("<center>a</center>", #"<div align="center">a</div>"#),
        ("<tt>a</tt>", "<p><code>a</code></p>"),
    ])
    func `HTML in Markdown is balanced and allowed`(markdown: String, html: String) {
        #expect(rendered(markdown) == html)
    }

    @Test func `ids of headings are never those of the page, and never twice`() {
        let html = rendered("# main\n# main\n# q\n")
        #expect(html.contains(#"id="readme-main""#))
        #expect(html.contains(#"id="readme-main-1""#))
        #expect(!html.contains(#"id="q""#))
    }

    @Test(arguments: [MarkupLanguage.markdown, .restructuredText, .unknown, .plain])
    func `nesting and length have a limit`(language: MarkupLanguage) {
        for unit in ["> ", "- ", "<div>", "<b>", "*", "  "] {
            let html = rendered(String(repeating: unit, count: 5_000) + "a", language)
            #expect(html.utf8.count < MarkupRenderer.sizeLimitBytes)
            #expect(html.count("<div>") <= 64 && html.count("<blockquote>") <= 64)
        }
        #expect(rendered(String(repeating: "a\n\n", count: 200_000), language).hasPrefix("<pre tabindex=\"0\">"))
    }

    @Test(arguments: [
        String(repeating: "|x", count: 130_000),
        "|" + String(repeating: "x|", count: 1_500) + "\n|" + String(repeating: "-|", count: 1_500)
            + String(repeating: "\n|", count: 60_000),
        String(repeating: "- ", count: 1_000) + "a" + String(repeating: "\n", count: 200_000),
        String(repeating: "> ", count: 1_000) + "a" + String(repeating: "\na", count: 100_000),
        String(repeating: "a\n", count: 60_000) + "|a|\n|-|\n",
        String(repeating: "a|b\n:-\n", count: 2_000),
        "[a]: " + String(repeating: "u", count: 100_000) + "\n\n" + String(repeating: "[a] ", count: 30_000),
    ])
    func `what the library needs squares of time or memory for is shown as it is`(markdown: String) {
        #expect(rendered(markdown).hasPrefix("<pre tabindex=\"0\">"))
    }

    /// Compared with prose of the same length, in the same run. These take some ten times as long at most; without limits
    /// some take minutes, as they do with the library's quadratic cases.
    @Test(arguments: [
        "*a **a ", "*_", "[", "![", "[a](", "<a b=\"", "<!--", "<script>", "<b>", "<b></i>", "<p>", "www.", "&a",
        "`a``",
        "<h1>", "a@", "~~a ", "\\", "<?", "\t", "|a ", "a_ ", "a_-", "a_.", "]_", " .. |a| image:: x\n", ":a:`b",
        "``a ", ".. _a: b_\n", "- ", "+-+\n", "== ==\n",
        "::\n\n a\n",
    ])
    func `time grows with the length only`(unit: String) throws {
        func fill(_ unit: String) -> String { String(repeating: unit, count: (40 << 10) / unit.utf8.count) }
        // The best of three: what else this machine does only adds to it.
        func best(_ text: String, _ language: MarkupLanguage) -> Duration? {
            (0..<3).map { _ in ContinuousClock().measure { _ = rendered(text, language) } }.min()
        }
        for language in [MarkupLanguage.markdown, .restructuredText] {
            let usual = try #require(best(fill("A server keeps `an index` of *packages*. "), language))
            let time = try #require(best(fill(unit), language))
            #expect(time < usual * 100, "\(language): \(time), prose \(usual)")
        }
    }
}

extension String {
    fileprivate func count(_ word: String) -> Int { ranges(of: word).count }
}

struct MarkupLanguageTests {
    @Test(arguments: [
        ("text/markdown", MarkupLanguage.markdown), ("Text/Markdown; charset=UTF-8; variant=GFM", .markdown),
        ("text/x-rst", .restructuredText), ("text/plain", .plain), ("text/html", .plain), ("", .unknown),
        ("UNKNOWN", .unknown),
    ])
    func `the content type decides`(type: String, language: MarkupLanguage) {
        #expect(MarkupLanguage(contentType: type) == language)
    }

    @Test func `no content type means that it is not known`() {
        #expect(MarkupLanguage(contentType: nil) == .unknown)
    }

    @Test func `plain text stays as it is`() {
        #expect(rendered("a  <b>\r\n # c", .plain) == "<pre tabindex=\"0\">a  &lt;b&gt;\n # c</pre>")
    }

    @Test func `Markdown without a content type is not read as reStructuredText`() {
        #expect(rendered("# a\n\n```\nb\n```\n", .unknown).hasPrefix("<pre tabindex=\"0\">"))
    }
}
