public import Packaging

/// What people can find a project by, besides its name and summary: words of the core metadata of its latest release.
public struct SearchableText: Hashable, Sendable {
    /// `Keywords`
    public var keywords = ""
    /// `Classifier`, a line each.
    public var classifiers = ""
    /// Authors and maintainers, names and addresses.
    public var authors = ""

    /// Nothing.
    public init() {}
}

/// The words that somebody searches for.
public struct SearchWords: Hashable, Sendable {
    /// The longest text that is searched for, in bytes.
    public static let lengthLimitBytes = 200
    /// More words than this are not looked at.
    public static let countLimit = 16

    /// Letters and digits only, in lower case, each once, in their order.
    public let words: [String]

    /// The words of a text; everything between them means nothing, so it has no syntax that could go wrong.
    public init(_ text: String) {
        let scalars = text.lowercased().unicodeScalars
        let parts = scalars.split { !Self.isPart($0) }.map { String(String.UnicodeScalarView($0)) }
        var seen: Set<String> = []
        words = Array(parts.filter { seen.insert($0).inserted }.prefix(Self.countLimit))
    }

    private static func isPart(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        case .decimalNumber, .letterNumber, .otherNumber: true
        case .nonspacingMark, .spacingMark: true
        default: false
        }
    }

    /// What a project would be called that has just this name, normalized (PEP 503).
    var name: String { words.joined(separator: "-") }
}

/// A project whose search words are to be read from its core metadata.
public struct PendingSearch: Hashable, Sendable {
    let id: Int64
    /// The named index.
    public let index: String
    /// Normalized.
    public let project: String
    /// The last change of the project that was seen.
    let serial: Int64
}

/// A project in a list.
public struct ListedProject: Hashable, Sendable {
    /// The project.
    public let project: ProjectRecord
    /// When it changed last.
    public let updated: UploadTime
}

/// One page of what a search found, the best first.
public struct ProjectListing: Hashable, Sendable {
    /// The projects of the page.
    public let projects: [ListedProject]
    /// How many there are, on all pages.
    public let total: Int
    /// Whether more was found than anybody looks at.
    public let isCut: Bool
}

/// What `Store.verify` came to, and when.
public struct Verification: Hashable, Sendable {
    /// When it ended.
    public let time: UploadTime
    /// How many blobs were read.
    public let blobs: Int64
    /// Their lengths together, in bytes.
    public let bytes: Int64
    /// How many faults were found: damaged blobs, missing ones, problems of the catalog.
    public let faults: Int64
}

/// How a data folder is.
public struct StoreHealth: Hashable, Sendable {
    /// How much it holds.
    public let counts: CatalogCounts
    /// The length of the catalog, in bytes.
    public let catalogBytes: Int64
    /// Room on its file system for this user, in bytes.
    public let freeBytes: Int64
    /// The size of that file system, in bytes.
    public let totalBytes: Int64
    /// The last one that came to its end; `nil` when there was none.
    public let verification: Verification?
    /// Why the files of small blobs do not reach the disk, so that the catalog keeps their bytes; `nil` when they do.
    public let settlingFailure: StorageError?
    /// The last change.
    public let serial: Int64
}
