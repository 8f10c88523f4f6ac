import Foundation

/// What a test or a transcript got wrong about itself.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// A text file of exchanges; `Transcripts/README.md` has its rules.
struct Transcript: Sendable {
    let name: String
    private(set) var setup: [String] = []
    private(set) var exchanges: [Exchange] = []

    /// The folder next to this file.
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Transcripts")

    /// The names of all transcripts.
    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".http") }.sorted()
    }()

    init(named name: String) throws {
        try self.init(name, text: try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8))
    }

    init(_ name: String, text: String) throws {
        self.name = name
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard !line.isEmpty, line.first != "#" else { continue }
            try take(String(line), number: index + 1)
        }
        for exchange in exchanges where exchange.request.isEmpty || exchange.status.isEmpty {
            throw Failure("\(name):\(exchange.line): an exchange needs a request ('>') and a status ('<')")
        }
    }

    private mutating func take(_ line: String, number: Int) throws {
        let end = line.firstIndex(of: " ") ?? line.endIndex
        let mark = String(line[..<end])
        let text = String(line[end...].dropFirst())
        if mark == "=" { return exchanges.append(Exchange(title: text, line: number)) }
        if mark == "!" { return setup.append(text) }
        guard !exchanges.isEmpty else { throw Failure("\(name):\(number): begin an exchange with '= what it shows'") }
        let last = exchanges.count - 1
        switch mark {
        case ">": exchanges[last].request.append(text)
        case "+": exchanges[last].parts.append(try Exchange.Part(text, place: "\(name):\(number)"))
        case "|": exchanges[last].body.append(text)
        case "<" where exchanges[last].status.isEmpty: exchanges[last].status = text
        case "<": exchanges[last].fields.append(text)
        case "<<": exchanges[last].present.append(text)
        case "<!": exchanges[last].absent.append(text)
        case "<=": exchanges[last].whole.append(text)
        default: throw Failure("\(name):\(number): a line cannot begin with '\(mark)'")
        }
    }
}

/// One request and what must come of it.
struct Exchange: Sendable {
    /// One part of a form: `name = value` or `name = @ARCHIVE [as FILENAME]`.
    struct Part: Sendable {
        var name: String
        var value = ""
        /// A reference to a `SampleArchive`.
        var archive: String?
        var filename: String?

        init(_ text: String, place: String) throws {
            guard let equals = text.range(of: " =") else { throw Failure("\(place): write '+ name = value'") }
            name = String(text[..<equals.lowerBound])
            value = String(text[equals.upperBound...].dropFirst())
            guard value.hasPrefix("@") else { return }
            let words = value.dropFirst().components(separatedBy: " as ")
            archive = words[0]
            filename = words.count == 2 ? words[1] : String(words[0].prefix { $0 != "#" })
        }
    }

    let title: String
    let line: Int
    var request: [String] = []
    var parts: [Part] = []
    var body: [String] = []
    var status = ""
    var fields: [String] = []
    var present: [String] = []
    var absent: [String] = []
    var whole: [String] = []

    init(title: String, line: Int) {
        self.title = title
        self.line = line
    }
}
