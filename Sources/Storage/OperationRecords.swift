public import Packaging

/// Which rows of the journal are wanted.
public struct JournalQuery: Hashable, Sendable {
    /// Only rows with a larger serial.
    public var after: Int64 = 0
    /// Only rows from this moment on; nil for all.
    public var since: UploadTime?
    /// Only rows of this index; nil for all. Rows of the whole server, such as those of accounts, are of none.
    public var index: String?
    /// Only rows of this project of the index; nil for all. With an index only: a normalized name.
    public var project: String?
    /// At most so many.
    public var limit = 1_000

    /// Every row from the beginning.
    public init() {}
}

/// A project of an index.
public struct ProjectKey: Hashable, Sendable {
    /// The named index.
    public let index: String
    /// The normalized name.
    public let name: String

    /// A project by its normalized name.
    public init(index: String, name: String) {
        self.index = index
        self.name = name
    }

    /// A project by its name.
    public init(index: String, name: ProjectName) {
        self.index = index
        self.name = name.normalized
    }
}

/// That a file requires a project.
public struct DependentRecord: Hashable, Sendable {
    /// The project that requires it.
    public let project: ProjectName
    /// The release whose file says so.
    public let version: Version
    /// The value of `Requires-Dist`, as it was written.
    public let requirement: String
}

/// What was refused, and how often.
public struct RefusalRecord: Sendable {
    /// `refuseUpload` or `failLogin`.
    public let action: JournalAction
    /// The kind of failure, in a word.
    public let kind: String
    /// How often.
    public let count: Int
    /// What the last client was told.
    public let last: String
    /// Who, when it is written, and from where the last one came.
    public let occasion: Occasion
    /// That somebody failed to be; nil for none that exists.
    public var account: String?

    /// So many refusals of one kind.
    public init(action: JournalAction, kind: String, count: Int, last: String, occasion: Occasion) {
        self.action = action
        self.kind = kind
        self.count = count
        self.last = last
        self.occasion = occasion
    }
}

/// A value of `Requires-Dist`.
public struct Dependency: Hashable, Sendable {
    /// The normalized name of the project that is required.
    public let name: String
    /// The whole value, as it was written.
    public let requirement: String

    /// A requirement with the name in it.
    public init(name: ProjectName, requirement: String) {
        self.name = name.normalized
        self.requirement = requirement
    }
}
