import Packaging
import Wheelhouse

/// How often a project was downloaded: a drawing of the days, the same in words for who cannot see it, and who it was.
struct UsageChart {
    private let usage: ProjectUsage

    /// So many rows a table has at most.
    private static let rowLimit = 10
    /// In units of the drawing; a day is 4 wide.
    private static let height: Int64 = 60

    init(_ usage: ProjectUsage) {
        self.usage = usage
    }

    /// Appends the section with its heading.
    func add(to html: inout HTML) {
        html.markup("<h2>Downloads</h2>\n")
        guard usage.total > 0 else {
            html.markup("<p>Nobody has downloaded this project yet.</p>\n")
            return
        }
        html.markup("<figure>\n")
        addDrawing(to: &html)
        html.element("figcaption", "\(summary) \(usage.total) since counting began.")
        html.markup("\n<details><summary>By version, installer, Python and system</summary>\n")
        addTable("Version", usage.versions, to: &html)
        addTable("Installer", usage.installers, to: &html)
        addTable("Python", usage.pythons, to: &html)
        addTable("System", usage.platforms, to: &html)
        html.markup("</details>\n</figure>\n")
    }

    /// Bars without axes, as wide as the page lets them; the numbers are in the caption.
    private func addDrawing(to html: inout HTML) {
        html.markup("<svg class=\"chart\" role=\"img\" aria-labelledby=\"usage-title usage-text\" viewBox=\"")
        html.text("0 0 \(usage.daily.count * 4) \(Self.height)")
        html.markup("\">\n<title id=\"usage-title\">Downloads per day</title><desc id=\"usage-text\">")
        html.text(summary)
        html.markup("</desc>\n<path d=\"")
        html.text(bars)
        html.markup("\"/></svg>\n")
    }

    private var bars: String {
        let most = max(1, usage.daily.max() ?? 1)
        return usage.daily.enumerated().filter { $0.element > 0 }.map { day, count in
            // One download is seen beside thousands too.
            let height = max(1, Self.height * count / most)
            return "M\(day * 4) \(Self.height)v-\(height)h3v\(height)z"
        }.joined()
    }

    private var summary: String {
        let sum = usage.daily.reduce(0, +)
        let days = "\(date(0)) to \(date(usage.daily.count - 1))"
        guard let most = usage.daily.max(), most > 0, let day = usage.daily.firstIndex(of: most) else {
            return "From \(days): no downloads."
        }
        return "From \(days): \(sum) \(sum == 1 ? "download" : "downloads"), at most \(most) on a day (\(date(day)))."
    }

    private func date(_ day: Int) -> String {
        UploadTime(microseconds: (usage.firstDay + Int64(day)) * 86_400_000_000).date
    }

    private func addTable(_ title: StaticString, _ shares: [ProjectUsage.Share], to html: inout HTML) {
        guard !shares.isEmpty else { return }
        html.markup("<table>\n<tr><th>")
        html.markup(title)
        html.markup("</th><th class=\"number\">Downloads</th></tr>\n")
        var rows = shares.prefix(Self.rowLimit).map { ($0.name, $0.count) }
        let rest = shares.dropFirst(Self.rowLimit).reduce(0) { $0 + $1.count }
        if rest > 0 { rows.append(("others", rest)) }
        for (name, count) in rows {
            html.markup("<tr>")
            html.element("td", name)
            html.markup("<td class=\"number\">")
            html.text(String(count))
            html.markup("</td></tr>\n")
        }
        html.markup("</table>\n")
    }
}
