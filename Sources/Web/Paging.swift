import HTTP
import Packaging
import Wheelhouse

/// Which page of a list is asked for.
struct Paging {
    /// Projects on a page: about 30 kB when their summaries are long.
    static let size = 50

    /// From 1.
    let number: Int

    /// - Throws: `IndexError.notFound` for what is no number of a page.
    init(_ request: HTTPRequest) throws(IndexError) {
        guard let text = try request.parameter("page") else {
            number = 1
            return
        }
        guard let number = Int(text), number > 0, text == String(number), number <= 1_000_000 else {
            throw IndexError(.notFound, "There is no such page: 'page' must be a number from 1")
        }
        self.number = number
    }

    /// The positions of its entries.
    var positions: Range<Int> { (number - 1) * Self.size..<number * Self.size }

    /// How many pages so many entries have; the first is there also when it is empty.
    static func count(_ total: Int) -> Int { max(1, (total + size - 1) / size) }

    /// The page exists.
    func check(total: Int) throws(IndexError) {
        let count = Self.count(total)
        guard number <= count else {
            throw IndexError(.notFound, "There is no page \(number) here; the last one is \(count)")
        }
    }
}

extension HTTPRequest {
    /// A parameter of the query that a page takes; `nil` when it is absent.
    ///
    /// As `/api/` does, pages refuse what is given twice or cannot be read. But they pass over what they do not know: an address
    /// that people send each other gets things appended, while a program that sends a wrong name has a fault.
    ///
    /// - Throws: `IndexError.invalid`.
    func parameter(_ name: String) throws(IndexError) -> String? {
        guard !target.query.isEmpty else { return nil }
        guard let items = target.queryItems else {
            throw IndexError(
                .invalid, "The query is not UTF-8 after percent-decoding; type it into the field of the page")
        }
        let values = items.filter { $0.name == name }.map(\.value)
        guard values.count <= 1 else { throw IndexError(.invalid, "'\(name)' is given twice") }
        return values.first
    }
}

/// The query of an address, form-encoded (WHATWG URL, "application/x-www-form-urlencoded").
enum FormQuery {
    /// Such as `?q=a+b&page=2`; without parameters that are empty, and `?` when all are.
    static func address(_ parameters: [(name: String, value: String)]) -> String {
        "?" + parameters.filter { !$0.value.isEmpty }.map { "\($0.name)=\(encoded($0.value))" }.joined(separator: "&")
    }

    private static func encoded(_ value: String) -> String {
        var text = ""
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: " "): text += "+"
            default: text += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
        return text
    }
}

extension HTML {
    /// Links to the pages of a list: the first, the last, those beside the current one.
    ///
    /// - Parameter parameters: of each address, without the page.
    mutating func pager(_ current: Int, of count: Int, _ parameters: [(name: String, value: String)]) {
        guard count > 1 else { return }
        func address(_ page: Int) -> String {
            FormQuery.address(parameters + [("page", page == 1 ? "" : String(page))])
        }
        markup("<nav class=\"pager\" aria-label=\"Pages\"><ul>\n")
        if current > 1 { item(address(current - 1), "Previous") }
        let shown = Set([1, count] + (max(1, current - 1)...min(count, current + 1)))
        var last = 0
        for page in shown.sorted() {
            if page > last + 1 { markup("<li>…</li>\n") }
            if page == current {
                markup("<li><span aria-current=\"page\"><span class=\"hidden\">Page </span>")
                text(page.grouped)
                markup("</span></li>\n")
            } else {
                item(address(page), page.grouped)
            }
            last = page
        }
        if current < count { item(address(current + 1), "Next") }
        markup("</ul></nav>\n")
    }

    /// A link in a list.
    mutating func item(_ address: String, _ name: String) {
        markup("<li>")
        link(address, name)
        markup("</li>\n")
    }

    /// Large numbers with their names.
    mutating func counts(_ counts: [(name: String, value: String)]) {
        markup("<dl class=\"counts\">\n")
        for (name, value) in counts {
            markup("<div>")
            element("dt", name)
            element("dd", value)
            markup("</div>\n")
        }
        markup("</dl>\n")
    }

    /// Projects with their summaries.
    mutating func results(_ projects: [PublishedProject]) {
        markup("<ul class=\"results\">\n")
        for project in projects {
            markup("<li><h2>")
            link(root + "project/\(project.name.normalized)/", project.name.text)
            markup("</h2>\n")
            if let summary = project.summary {
                element("p", summary.count > 200 ? "\(summary.prefix(200))…" : summary)
            }
            if let updated = project.updated {
                markup("<p class=\"meta\">Updated ")
                time(updated)
                markup("</p>")
            }
            markup("</li>\n")
        }
        markup("</ul>\n")
    }
}

extension BinaryInteger {
    /// Such as `12,345`.
    var grouped: String {
        var text = ""
        for (place, digit) in String(self).reversed().enumerated() {
            if place > 0, place % 3 == 0, digit != "-" { text = "," + text }
            text = String(digit) + text
        }
        return text
    }
}

extension Int64 {
    /// A number of bytes, such as `1.2 MB`; whole bytes below 1,000.
    var sizeText: String {
        var tenths = self * 10
        for unit in ["B", "kB", "MB", "GB", "TB"] {
            if tenths < 10_000 { return unit == "B" ? "\(tenths / 10) B" : "\(tenths / 10).\(tenths % 10) \(unit)" }
            tenths /= 1_000
        }
        return "\(self) B"
    }
}
