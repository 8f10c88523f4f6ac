import Markup
import Testing

struct RestructuredTextTests {
    @Test(arguments: [
        (
            "Title\n=====\n\nPart\n----\n\nText",
            #"<h2 id="readme-title">Title</h2>"# + "\n" + #"<h3 id="readme-part">Part</h3>"# + "\n<p>Text</p>"
        ),
        ("=====\nTitle\n=====\n", #"<h2 id="readme-title">Title</h2>"#),
        ("a *b* **c** ``d*`` e", "<p>a <em>b</em> <strong>c</strong> <code>d*</code> e</p>"),
        ("2 * x and *y", "<p>2 * x and *y</p>"),
        ("a\\*b\\ c", "<p>a*bc</p>"),
        ("* a\n* b\n\n  c", "<ul><li>a</li>\n<li><p>b</p>\n<p>c</p>\n</li>\n</ul>"),
        ("1. a\n2. b", "<ol><li>a</li>\n<li>b</li>\n</ol>"),
        ("Code::\n\n    x = 1\n\n    y\n\nz", "<p>Code:</p>\n<pre tabindex=\"0\">x = 1\ny</pre>\n<p>z</p>"),
        (".. code-block:: python\n   :linenos:\n\n   x < 1\n", "<pre tabindex=\"0\">x &lt; 1</pre>"),
        ("term\n  what it is", "<dl><dt>term</dt>\n<dd>what it is</dd>\n</dl>"),
        (":Author: A\n:Year: 1", "<dl><dt>Author</dt>\n<dd>A</dd>\n<dt>Year</dt>\n<dd>1</dd>\n</dl>"),
        ("a\n\n    b", "<p>a</p>\n<blockquote><p>b</p>\n</blockquote>"),
        ("| a\n| b", "<p>a<br>b</p>"),
        (">>> a\n1", "<pre tabindex=\"0\">&gt;&gt;&gt; a\n1</pre>"),
        ("a\n\n----\n\nb", "<p>a</p>\n<hr><p>b</p>"),
        (".. a comment\n   of two lines\n\nb", "<p>b</p>"),
        (".. note:: a", #"<div class="admonition"><p><strong>Note</strong></p>"# + "\n<p>a</p>\n</div>"),
        (".. raw:: html\n\n   <script>a</script>\n\nb", "<p>b</p>"),
        (
            ".. image:: https://a.example/b.png\n   :alt: c",
            #"<p><img src="https://a.example/b.png" alt="c" loading="lazy"></p>"#
        ),
        (
            "|a|_ b\n\n.. |a| image:: https://a.example/b.svg\n   :alt: c\n.. _a: https://d.example/",
            #"<p><a href="https://d.example/" rel="nofollow ugc noopener"><img src="https://a.example/b.svg" alt="c" loading="lazy"></a> b</p>"#
        ),
        (".. strange:: a\n\n   b", "<pre tabindex=\"0\">.. strange:: a\nb</pre>"),
        (
            "a [1]_\n\n.. [1] b",
            ##"<p>a <a href="#readme-footnote-1" rel="nofollow ugc noopener">[1]</a></p>"## + "\n"
                + #"<div id="readme-footnote-1">[1] b</div>"#
        ),
        (
            ":pep:`8` and :py:func:`~a.b`",
            #"<p><a href="https://peps.python.org/pep-0008/" rel="nofollow ugc noopener">PEP 8</a> and <code>b</code></p>"#
        ),
    ])
    func `the common subset`(text: String, html: String) {
        #expect(rendered(text, .restructuredText) == html)
    }

    @Test(arguments: [
        "`a <https://b.example/>`_", "`a <https://b.example/>`__", "`a`_\n\n.. _a: https://b.example/",
        "a_\n\n.. _a: https://b.example/",
        "a__\n\n__ https://b.example/", "`a`__\n\n.. __: https://b.example/",
    ])
    func `references of all kinds`(text: String) {
        #expect(
            rendered(text, .restructuredText)
                == #"<p><a href="https://b.example/" rel="nofollow ugc noopener">a</a></p>"#)
    }

    @Test func `addresses are allowed ones here too`() {
        for address in ["javascript:alert(1)", "data:text/html,a", "//b.example", "vbscript:a", "file:///etc"] {
            #expect(rendered("`a <\(address)>`_", .restructuredText) == "<p><span>a</span></p>")
        }
    }

    private let cells = "<tr><td>1</td>\n<td>2</td>\n</tr>\n"

    @Test(arguments: [
        "+---+---+\n| a | b |\n+===+===+\n| 1 | 2 |\n+---+---+", "=== ===\na   b\n=== ===\n1   2\n=== ===",
        ".. list-table::\n   :header-rows: 1\n\n   * - a\n     - b\n   * - 1\n     - 2",
    ])
    func `tables of all kinds`(text: String) {
        #expect(
            rendered(text, .restructuredText)
                == "<table tabindex=\"0\"><thead><tr><th>a</th>\n<th>b</th>\n</tr>\n</thead>\n"
                + "<tbody>\(cells)</tbody>\n</table>")
    }

    @Test func `a table with joined cells is shown as it was drawn`() {
        let table = "+---+---+\n| a     |\n+---+---+\n| 1 | 2 |\n+---+---+"
        #expect(rendered(table, .restructuredText) == "<pre tabindex=\"0\">\(table)</pre>")
    }
}
