import Packaging

// Searching. Words are matched as quoted strings, so nothing in them is an operator of FTS5.

extension Connection {
    /// As many projects as anybody looks at: 50 pages.
    static var searchLimit: Int { 1_000 }

    /// Whoever finds fewer projects by their texts has perhaps slipped in a name.
    private static var fewTexts: Int { 10 }

    private typealias Name = (id: Int64, name: String)

    /// Among which projects is searched.
    private struct Place {
        let index: String
        /// The private ones.
        let seen: SQLValue
    }

    /// What a search finds, the best first: the project of that name, names that begin so, names with words that begin
    /// so, names that have it inside; then projects that have all words in what they say of themselves, before them,
    /// when these are few, names with a slip; and if there is nothing, projects that have one of the words.
    ///
    /// - Parameter seen: the normalized names of the private projects that are found.
    /// - Returns: the rows of the projects.
    func search(_ words: SearchWords, index: String, showing seen: Set<String>) throws(StorageError) -> [Int64] {
        var found = Found()
        let place = Place(index: index, seen: .names(seen))
        guard !words.words.isEmpty else { return [] }
        found.add(try names(from: words.name, place))
        found.addNames(try names(matching: words.beginnings, place))
        found.addNames(try names(matching: words.insides, place))
        let texts = found.isFull ? [] : try self.texts(words.quoted.joined(separator: " AND "), place)
        if found.ids.isEmpty, texts.count < Self.fewTexts { found.add(try names(near: words, place)) }
        found.add(texts)
        if found.ids.isEmpty, words.words.count > 1 {
            found.add(try self.texts(words.quoted.joined(separator: " OR "), place))
        }
        return found.ids
    }

    /// Names that begin with a text, in their order.
    private func names(from start: String, _ place: Place) throws(StorageError) -> [Name] {
        try rows(
            """
            SELECT id, name FROM projects WHERE index_name = ?1 AND name >= ?2 AND name < ?3
                AND status <> 'quarantined' AND \(Self.isShown(5)) ORDER BY name LIMIT ?4
            """, .text(place.index), .text(start), .text(start + "\u{7F}"), .integer(Int64(Self.searchLimit)),
            place.seen,
            read: Self.name)
    }

    /// CROSS JOIN: SQLite would rather begin with the projects, and ask the index of words about each.
    private func names(matching words: [String], _ place: Place) throws(StorageError) -> [Name] {
        guard !words.isEmpty else { return [] }
        return try rows(
            """
            SELECT projects.id, projects.name FROM search_names CROSS JOIN projects ON projects.id = search_names.rowid
            WHERE search_names MATCH ?1 AND index_name = ?2 AND status <> 'quarantined' AND \(Self.isShown(4)) LIMIT ?3
            """, .text(words.joined(separator: " AND ")), .text(place.index), .integer(Int64(Self.searchLimit)),
            place.seen, read: Self.name)
    }

    /// Names that differ from the words by a slip or two: those that share the most of the rarest triples of characters
    /// are compared.
    private func names(near words: SearchWords, _ place: Place) throws(StorageError) -> [Name] {
        let wanted = Array(words.words.joined().utf8)
        let limit = NameDistance.limit(length: wanted.count)
        guard wanted.count <= 40 else { return [] }
        // Two characters that changed places are in four triples: of one more for each slip, one is left at least.
        let shared = try sharing(rarest: 4 * limit + 1, of: words.triples)
        let likely = "[\(shared.prefix(Self.comparedNames).map(String.init).joined(separator: ","))]"
        let names = try rows(
            """
            SELECT projects.id, name FROM json_each(?1) AS likely CROSS JOIN projects ON projects.id = likely.value
            WHERE index_name = ?2 AND status <> 'quarantined' AND \(Self.isShown())
            """, .text(likely), .text(place.index), place.seen, read: Self.name)
        var near: [(name: Name, distance: Int)] = []
        for name in names {
            let letters = name.name.utf8.filter { $0 != UInt8(ascii: "-") }
            guard let distance = NameDistance.between(wanted, letters, limit: limit) else { continue }
            near.append((name, distance))
        }
        return near.sorted { ($0.distance, $0.name.name) < ($1.distance, $1.name.name) }.map(\.name)
    }

    private static var comparedNames: Int { 1_000 }
    /// So many rows are read of each triple to learn which are rare.
    private static var probedRows: Int { 300 }
    /// So many are read of the rarest, together.
    private static var sharedRows: Int { 20_000 }

    /// The rows of names that have some of the rarest triples, those with the most of them first.
    private func sharing(rarest count: Int, of triples: Set<String>) throws(StorageError) -> [Int64] {
        func ids(_ triple: String, limit: Int) throws(StorageError) -> [Int64] {
            try rows(
                "SELECT rowid FROM search_names WHERE search_names MATCH ?1 LIMIT ?2", .text(triple),
                .integer(Int64(limit))
            ) { row throws(StorageError) in row.integer(0) }
        }
        var probes: [(triple: String, ids: [Int64])] = []
        for triple in triples { probes.append((triple, try ids(triple, limit: Self.probedRows))) }
        probes.sort { ($0.ids.count, $0.triple) < ($1.ids.count, $1.triple) }
        var (shared, left) = ([Int64: Int](), Self.sharedRows)
        for (triple, probed) in probes.prefix(count) {
            let isWhole = probed.count < Self.probedRows
            let found = isWhole ? probed : try ids(triple, limit: left)
            for id in found { shared[id, default: 0] += 1 }
            left -= min(left, found.count)
        }
        var byCount = [[Int64]](repeating: [], count: count + 1)
        for (id, number) in shared { byCount[number].append(id) }
        return byCount.reversed().flatMap { $0.sorted() }
    }

    /// Projects whose texts match, by bm25. Of a word that very many have, those that came last are ranked.
    private func texts(_ match: String, _ place: Place) throws(StorageError) -> [Name] {
        try rows(
            """
            SELECT id, name FROM (
                SELECT projects.id, projects.name, bm25(search_texts, 10, 4, 4, 1, 2) AS score
                FROM search_texts CROSS JOIN projects ON projects.id = search_texts.rowid
                WHERE search_texts MATCH ?1 AND index_name = ?2 AND status <> 'quarantined' AND \(Self.isShown(4))
                ORDER BY search_texts.rowid DESC LIMIT ?3
            ) ORDER BY score, name
            """, .text(match), .text(place.index), .integer(Int64(Self.searchLimit)), place.seen, read: Self.name)
    }

    private static func name(_ row: Statement) throws(StorageError) -> Name { (row.integer(0), row.text(1)) }

    /// What was found so far, each project once.
    private struct Found {
        var ids: [Int64] = []
        var seen: Set<Int64> = []

        /// One more than is shown, to know whether there are more.
        var isFull: Bool { ids.count > Connection.searchLimit }

        mutating func add(_ names: [Name]) {
            for (id, _) in names where !isFull && seen.insert(id).inserted {
                ids.append(id)
            }
        }

        /// Short names first: more of them is what was searched for.
        mutating func addNames(_ names: [Name]) {
            add(names.sorted { ($0.name.utf8.count, $0.name) < ($1.name.utf8.count, $1.name) })
        }
    }
}

extension SearchWords {
    /// The words as strings of FTS5.
    fileprivate var quoted: [String] { words.map { "\"\($0)\"" } }

    /// Words of a name begin with these; with the space they have three characters at least, which FTS5 can look for.
    fileprivate var beginnings: [String] { words.filter { $0.unicodeScalars.count >= 2 }.map { "\" \($0)\"" } }

    fileprivate var insides: [String] { words.filter { $0.unicodeScalars.count >= 3 }.map { "\"\($0)\"" } }

    /// The triples of characters of the words, as `search_names` has them.
    fileprivate var triples: Set<String> {
        let characters = Array(" \(words.joined(separator: " ")) ".unicodeScalars)
        guard characters.count >= 3 else { return [] }
        return Set(
            (0...(characters.count - 3)).map { at in
                "\"" + String(String.UnicodeScalarView(characters[at..<(at + 3)])) + "\""
            })
    }
}
