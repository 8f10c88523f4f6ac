/// A table, drawn with lines or with columns only.
struct RSTTable {
    /// Lines of each cell; `nil` when the drawing is not understood.
    let rows: [[[Line]]]?
    /// Of the rows, those at the top that name the columns.
    let headCount: Int
    /// What was written.
    let source: ArraySlice<Line>

    private static let columnLimit = 64

    private init(_ rows: [[[Line]]]?, headCount: Int, source: ArraySlice<Line>) {
        (self.rows, self.headCount, self.source) = (rows, headCount, source)
    }

    /// The table that begins here; `nil` when none does.
    static func rows(_ reader: inout RSTReader) -> RSTTable? {
        guard let line = reader.line else { return nil }
        if line.starts(with: "+-".utf8), line.allSatisfy({ "+-=".utf8.contains($0) }) {
            return grid(reader.takeParagraph())
        }
        guard line.first == UInt8(ascii: "="), line.contains(0x20),
            line.allSatisfy({ $0 == 0x20 || $0 == UInt8(ascii: "=") })
        else { return nil }
        return simple(&reader)
    }

    private static func isBorder(_ line: Line) -> Bool { line.first == UInt8(ascii: "+") && line.count > 2 }

    private static func grid(_ source: ArraySlice<Line>) -> RSTTable {
        let broken = RSTTable(nil, headCount: 0, source: source)
        guard let border = source.first, let last = source.last, isBorder(last) else { return broken }
        let edges = border.indices.filter { border[$0] == UInt8(ascii: "+") }.map { $0 - border.startIndex }
        guard (2...columnLimit).contains(edges.count) else { return broken }
        var rows: [[[Line]]] = []
        var headCount = 0
        var cells: [[Line]] = []
        for line in source.dropFirst() {
            // Cells over several columns or rows are not understood.
            let isWhole = edges.allSatisfy { $0 < line.count && "+|".utf8.contains(line[line.startIndex + $0]) }
            guard isWhole else { return broken }
            if isBorder(line) {
                guard !line.contains(0x20) else { return broken }
                if !cells.isEmpty { rows.append(cells) }
                cells = []
                if line.contains(UInt8(ascii: "=")) { headCount = rows.count }
                continue
            }
            if cells.isEmpty { cells = [[Line]](repeating: [], count: edges.count - 1) }
            for (column, (left, right)) in zip(edges, edges.dropFirst()).enumerated() {
                let cell = line.dropFirst(left + 1).prefix(right - left - 1)
                cells[column].append(cell.dropFirst(cell.first == 0x20 ? 1 : 0).withoutBlankEnd)
            }
        }
        return RSTTable(rows, headCount: headCount, source: source)
    }

    /// A table between lines of `=`, whose gaps are the gaps between the columns.
    private static func simple(_ reader: inout RSTReader) -> RSTTable? {
        guard let border = reader.line else { return nil }
        var columns: [Range<Int>] = []
        var offset = 0
        for part in border.split(separator: 0x20, omittingEmptySubsequences: false) {
            if !part.isEmpty { columns.append(offset..<(offset + part.count)) }
            offset += part.count + 1
        }
        guard columns.count <= columnLimit else { return nil }
        var ahead = reader
        var (source, rows): ([Line], [[[Line]]]) = ([border], [])
        var (borders, headCount) = (1, 0)
        ahead.advance()
        while let line = ahead.line, source.count < 2_000 {
            ahead.advance()
            source.append(line)
            if line.first == UInt8(ascii: "="), line.allSatisfy({ $0 == 0x20 || $0 == UInt8(ascii: "=") }) {
                borders += 1
                if ahead.line?.isBlank ?? true || borders == 3 {
                    reader = ahead
                    return RSTTable(rows, headCount: headCount, source: source[...])
                }
                headCount = rows.count
            } else if !line.isBlank, !line.allSatisfy({ $0 == 0x20 || $0 == UInt8(ascii: "-") }) {
                add(line, columns, to: &rows)
            }
        }
        return nil
    }

    private static func add(_ line: Line, _ columns: [Range<Int>], to rows: inout [[[Line]]]) {
        let cells = columns.enumerated().map { number, column -> Line in
            let rest = line.dropFirst(column.lowerBound)
            // The last column may be longer than its line.
            let cell = number == columns.count - 1 ? rest : rest.prefix(column.count)
            return cell.withoutBlankEnd
        }
        if cells[0].isBlank, !rows.isEmpty {
            for (column, cell) in cells.enumerated() { rows[rows.count - 1][column].append(cell) }
        } else {
            rows.append(cells.map { [$0] })
        }
    }

    /// A table whose rows are a list of lists.
    init(listTable directive: RSTDirective) {
        var reader = RSTReader(directive.content)
        var rows: [[[Line]]] = []
        while let line = reader.skipBlank(), let marker = RSTMarker(line) {
            var inner = RSTReader(reader.takeItem(after: marker.width))
            var cells: [[Line]] = []
            while let line = inner.skipBlank(), let marker = RSTMarker(line) {
                cells.append(Array(inner.takeItem(after: marker.width)))
            }
            rows.append(cells)
        }
        self.init(
            reader.skipBlank() == nil ? rows : nil,
            headCount: directive.options["header-rows"].flatMap { Int($0) } ?? 0,
            source: directive.source)
    }
}

extension Line {
    fileprivate var withoutBlankEnd: Line {
        var line = self
        while line.last == 0x20 { line.removeLast() }
        return line
    }
}
