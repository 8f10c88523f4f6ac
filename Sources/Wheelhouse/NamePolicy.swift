public import Packaging
import Storage

/// Which names new projects may not have. Projects that exist already are never touched.
public struct NamePolicy: Sendable {
    /// A name that nobody may give, or the beginning of such names.
    public struct Reservation: Sendable {
        /// As in the configuration: `acme`, or `acme-*` for every name that begins with `acme-`.
        public let text: String
        private let name: ProjectName
        private let isPrefix: Bool

        /// A reservation from the configuration.
        ///
        /// - Throws: `PackagingError` when what stands before `-*` is no project name.
        public init(_ text: String) throws(PackagingError) {
            self.text = text
            isPrefix = text.hasSuffix("-*")
            name = try ProjectName(isPrefix ? String(text.dropLast(2)) : text)
        }

        fileprivate func covers(_ other: ProjectName) -> Bool {
            guard isPrefix else { return name.confusable(joined: true) == other.confusable(joined: true) }
            // The dash counts here: `acme-*` is not about `acmeology` (as in PEP 752).
            return other.confusable(joined: false).hasPrefix(name.confusable(joined: false) + "-")
        }
    }

    /// Whether names are refused that people may take for another project's, or for a module of Python itself.
    public var refusesConfusable: Bool
    /// Refused whatever ``refusesConfusable`` says.
    public var reserved: [Reservation]

    /// A policy.
    public init(refusesConfusable: Bool = true, reserved: [Reservation] = []) {
        self.refusesConfusable = refusesConfusable
        self.reserved = reserved
    }

    private static let modules = Dictionary(
        StandardLibrary.modules.map { ($0.confusable(joined: true), $0.normalized) }, uniquingKeysWith: { $1 })

    /// Why a new project may not have this name; `nil` when it may. The words are the public index's, where it has some.
    ///
    /// - Parameter similar: the projects whose names people may take for this one, and whether the uploader may know them.
    func refusal(of name: ProjectName, among similar: [(name: ProjectName, isShown: Bool)]) -> String? {
        let module = refusesConfusable ? Self.modules[name.confusable(joined: true)] : nil
        if let module {
            return "The name '\(name)' isn't allowed (conflict with Python Standard Library module name '\(module)'); "
                + "choose another name"
        }
        if let reservation = reserved.first(where: { $0.covers(name) }) {
            return "The name '\(name)' isn't allowed (reserved here by '\(reservation.text)'); choose another name, "
                + "or ask the administrator of this index"
        }
        guard refusesConfusable, let other = similar.first else { return nil }
        let which = other.isShown ? ", '\(other.name)'" : ""
        return "The name '\(name)' is too similar to an existing project\(which); choose another name"
    }
}
