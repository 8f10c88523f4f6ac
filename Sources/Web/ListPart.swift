import HTTP
import Wheelhouse

/// From where on a page shows a list: behind or before an entry, never at a number, so that nothing moves when others come
/// or go.
struct ListPlace: Sendable {
    /// What the names of its parameters begin with; empty for the first list of a page.
    let prefix: String
    private let after, before: String?

    /// - Throws: `IndexError.invalid` for an address that says it twice.
    init(_ request: HTTPRequest, _ prefix: String = "") throws(IndexError) {
        self.prefix = prefix
        (after, before) = (try request.parameter("\(prefix)after"), try request.parameter("\(prefix)before"))
    }

    /// The query that leads there; empty for the beginning.
    var query: String {
        after == nil && before == nil ? "" : address([("after", after ?? ""), ("before", before ?? "")])
    }

    /// The query that leads to another place of the list.
    func address(_ place: [(name: String, value: String)]) -> String {
        FormQuery.address(place.map { ("\(prefix)\($0.name)", $0.value) })
    }

    /// Where a part of so many entries begins. Behind the last entry there is the last part, so that a page is not empty when
    /// its entries were ended one by one.
    fileprivate func start(in keys: [String], limit: Int) -> Int {
        if let before { return max(0, (keys.firstIndex { $0 >= before } ?? keys.count) - limit) }
        guard let after else { return 0 }
        return keys.firstIndex { $0 > after } ?? max(0, keys.count - limit)
    }
}

/// The entries of a list that a page shows.
struct ListPart<Entry: Sendable>: Sendable {
    let place: ListPlace
    let entries: [Entry]
    /// The first and the last of them, where there are others before and behind.
    let previous, next: String?

    /// - Parameter key: what the list is ordered by; no two entries have the same.
    init(_ all: [Entry], at place: ListPlace, limit: Int, by key: (Entry) -> String) {
        let sorted = all.map { (key: key($0), entry: $0) }.sorted { $0.key < $1.key }
        let start = place.start(in: sorted.map(\.key), limit: limit)
        let shown = sorted.dropFirst(start).prefix(limit)
        self.place = place
        entries = shown.map(\.entry)
        previous = start > 0 ? shown.first?.key : nil
        next = start + shown.count < sorted.count ? shown.last?.key : nil
    }
}

extension HTML {
    /// Links to the parts of a list before and behind a part.
    mutating func pager<Entry>(_ part: ListPart<Entry>, label: String = "Pages") {
        pager(previous: part.previous, next: part.next, label: label, address: part.place.address)
    }

    /// The same.
    ///
    /// - Parameter address: of a place, by its parameters; without any, of the beginning.
    mutating func pager(
        previous: String?, next: String?, label: String = "Pages",
        address: ([(name: String, value: String)]) -> String
    ) {
        guard previous != nil || next != nil else { return }
        markup("<nav class=\"pager\" aria-label=\"")
        text(label)
        markup("\"><ul>\n")
        if let previous {
            item(address([]), "First")
            item(address([("before", previous)]), "Previous")
        }
        if let next { item(address([("after", next)]), "Next") }
        markup("</ul></nav>\n")
    }

    /// A table with a button in each row, in the last cell. One form has all of them, as its token is long.
    ///
    /// - Parameters:
    ///   - verb: what the buttons do.
    ///   - cells: writes the cells of a row.
    mutating func table<Entry>(
        _ titles: [String], _ verb: String, _ entries: [Entry], _ act: Act, action: String,
        cells: (inout HTML, Entry) -> Void
    ) {
        beginForm(action, for: act.signedIn)
        markup("<table class=\"stack\">\n<thead><tr>")
        for title in titles { element("th", title) }
        markup("<th><span class=\"hidden\">")
        text(verb)
        markup("</span></th></tr></thead>\n<tbody>\n")
        for entry in entries {
            markup("<tr>")
            cells(&self, entry)
            markup("</tr>\n")
        }
        markup("</tbody>\n</table>\n")
        endForm()
    }
}
