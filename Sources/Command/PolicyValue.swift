import Packaging

/// A value of a policy file with its place, for messages.
struct PolicyValue {
    let value: JSON5.Value
    let line: Int
    /// What it is, such as `missing`.
    let name: String
    let file: String

    init(_ value: JSON5.Value, _ line: Int, _ name: String, in file: String) {
        self.value = value
        self.line = line
        self.name = name
        self.file = file
    }

    func mistake(_ clause: String, mend: String) -> UsageError {
        UsageError("\(file) line \(line): \(name) \(clause)", mend: mend)
    }

    func text() throws(UsageError) -> String {
        guard case .text(let text) = value, !text.isEmpty else {
            throw mistake("is no text", mend: "write it in quotation marks")
        }
        return text
    }

    /// A text or an array of texts.
    func texts() throws(UsageError) -> [String] {
        if case .texts(let texts) = value { return texts }
        return [try text()]
    }

    func members() throws(UsageError) -> [JSON5.Member] {
        guard case .object(let members) = value else { throw mistake("is no object", mend: "write { name: value }") }
        return members
    }

    /// The elements of an array.
    func elements() throws(UsageError) -> [PolicyValue] {
        switch value {
        case .texts(let texts): return texts.map { PolicyValue(.text($0), line, name, in: file) }
        case .list(let elements): return elements.map { PolicyValue($0.value, $0.line, name, in: file) }
        default: throw mistake("is no array", mend: "write […]")
        }
    }

    func time() throws(UsageError) -> UploadTime {
        let text = try text()
        do {
            return try UploadTime(text)
        } catch {
            throw mistake("is '\(text)'", mend: "write UTC as 2026-12-01T00:00:00Z")
        }
    }

    func choice<Choice: RawRepresentable>(_ choices: [Choice]) throws(UsageError) -> Choice
    where Choice.RawValue == String {
        let text = try text()
        guard let choice = choices.first(where: { $0.rawValue == text }) else {
            let words = choices.map(\.rawValue).joined(separator: ", ")
            throw mistake("is '\(text)'", mend: "it must be one of \(words)")
        }
        return choice
    }
}

/// An object of a policy file, none of whose members stands twice or means nothing.
struct PolicyObject {
    let place: PolicyValue
    private let values: [String: PolicyValue]

    /// - Parameter names: those that mean something; `nil` when ``require(only:)`` is asked later.
    init(_ value: PolicyValue, _ names: [String]? = nil) throws(UsageError) {
        place = value
        var values: [String: PolicyValue] = [:]
        for member in try value.members() {
            let next = PolicyValue(member.value, member.line, member.name, in: value.file)
            guard values.updateValue(next, forKey: member.name) == nil else {
                throw next.mistake("stands there twice", mend: "keep one of them")
            }
        }
        self.values = values
        if let names { try require(only: names) }
    }

    init(_ members: [JSON5.Member], _ names: [String], line: Int, in file: String) throws(UsageError) {
        try self.init(PolicyValue(.object(members), line, "the policy", in: file), names)
    }

    subscript(_ name: String) -> PolicyValue? { values[name] }

    /// The text of a member that must be there.
    func text(_ name: String) throws(UsageError) -> String {
        guard let value = values[name] else { throw place.mistake("lacks '\(name)'", mend: "write \(name): \"…\"") }
        return try value.text()
    }

    /// The text of a member that may be left out.
    func optionalText(_ name: String) throws(UsageError) -> String? {
        guard let value = values[name] else { return nil }
        return try value.text()
    }

    /// What is overlooked would be a condition that nobody checks.
    func require(only names: [String]) throws(UsageError) {
        guard let unknown = values.keys.sorted().first(where: { !names.contains($0) }) else { return }
        throw (values[unknown] ?? place).mistake(
            "means nothing here", mend: "known are \(names.joined(separator: ", "))")
    }
}
