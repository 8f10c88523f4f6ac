public import Packaging
public import Storage

/// One change that a manager makes to a project: what is done, and to what. The command line, `/api/` and the pages
/// all make these (`PackageIndex.perform`).
public struct ProjectOperation: Sendable, Equatable {
    /// What is done.
    public enum Action: Sendable, Equatable {
        /// Installers avoid the files from now on, unless a pin names their version exactly (PEP 592).
        case yank
        /// Takes a yank back.
        case unyank
        /// Nobody sees the files any more. Their names stay taken, their bytes are kept until `gc`.
        case delete
        /// Takes a deletion back.
        case restore
        /// Sets the state of the project (PEP 792).
        case setStatus(ProjectStatus)
    }

    /// To what part of the project.
    public enum Part: Sendable, Equatable {
        /// The project itself: its state can be set, nothing else.
        case project
        /// Every file of a release.
        case release(Version)
        /// One file, by its name, with the version that it is of.
        case file(String, Version)
    }

    /// What a person names: `PROJECT`, `PROJECT==VERSION`, or the name of a file.
    public enum Target: Sendable, Equatable {
        /// A project.
        case project(ProjectName)
        /// A release.
        case release(ProjectName, Version)
        /// A file. Of what it is, its record says: `foo-1.0-1.tar.gz` may be of `foo` and of `foo-1.0`.
        case file(String)
    }

    /// The longest reason.
    public static let reasonLimitBytes = 1_000

    /// The named index.
    public let index: String
    /// The project.
    public let project: ProjectName
    /// To what part of it.
    public let part: Part
    /// What is done.
    public let action: Action
    /// Why; nil when nobody said.
    public let reason: String?

    /// A change.
    ///
    /// - Parameter reason: empty means nil.
    /// - Throws: `IndexError.invalid` when the action is not for such a part, or the reason is too long or has control
    ///   characters: it is shown on pages and terminals.
    public init(
        _ action: Action, _ part: Part, of project: ProjectName, index: String, reason: String? = nil
    ) throws(IndexError) {
        if case .setStatus = action {
            guard part == .project else { throw IndexError(.invalid, "A state is a whole project's; name the project") }
        } else if part == .project {
            throw IndexError(.invalid, "This is done to a release or a file; name one, such as '\(project)==1.0'")
        }
        if let reason {
            guard reason.utf8.count <= Self.reasonLimitBytes else {
                throw IndexError(.invalid, "The reason is longer than \(Self.reasonLimitBytes) bytes; shorten it")
            }
            guard reason.unicodeScalars.allSatisfy(Self.isPrintable) else {
                throw IndexError(.invalid, "The reason has control characters; write it in one line of text")
            }
        }
        self.action = action
        self.part = part
        self.project = project
        self.index = index
        self.reason = reason?.isEmpty == true ? nil : reason
    }

    /// Neither a control (C0, DEL, C1) nor a character that turns the direction of text (UAX #9).
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069: false
        default: true
        }
    }

    var key: ProjectKey { ProjectKey(index: index, name: project) }
}

extension ProjectOperation.Target {
    /// Reads what a person names.
    ///
    /// - Throws: `IndexError.invalid` when it is none of these.
    public init(_ text: String) throws(IndexError) {
        if text.hasSuffix(".whl") || text.hasSuffix(".tar.gz") || text.hasSuffix(".zip") {
            self = .file(text)
            return
        }
        do {
            guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) else {
                self = .project(try ProjectName(text))
                return
            }
            guard text[equals...].hasPrefix("==") else {
                throw PackagingError(reason: "'\(text)' has one '='; write PROJECT==VERSION")
            }
            let version = try Version(String(text[equals...].dropFirst(2)))
            self = .release(try ProjectName(String(text[..<equals])), version)
        } catch {
            throw IndexError(error)
        }
    }

    /// The project, and what part of it.
    ///
    /// - Throws: `IndexError.notFound` for a file that never was here.
    public func place(
        index: String, in store: Store
    ) throws(IndexError) -> (project: ProjectName, part: ProjectOperation.Part) {
        switch self {
        case .project(let project): return (project, .project)
        case .release(let project, let version): return (project, .release(version))
        case .file(let name):
            do {
                guard let file = try store.fileOfAnyState(index: index, filename: name) else {
                    // What no file can be named is told so.
                    _ = try DistributionFilename(name, allowingZip: true)
                    throw Self.noFile(name)
                }
                return (file.project, .file(name, file.version))
            } catch {
                throw IndexError(error)
            }
        }
    }

    fileprivate static func noFile(_ name: String) -> IndexError {
        IndexError(.notFound, "There is no file '\(name)' here")
    }
}

extension PackageIndex {
    /// The project of a file, and what part of it, for somebody who wants to change it; also of a deleted one.
    ///
    /// - Throws: `IndexError.notFound` for a file that never was here, or is not there for them.
    public func place(
        ofFile name: String, index: String, for principal: Principal
    ) async throws(IndexError) -> (project: ProjectName, part: ProjectOperation.Part) {
        let file = try await onWorker { store throws(StorageError) in
            try store.fileOfAnyState(index: index, filename: name)
        }.get()
        guard let file, manages(file, principal) || sees(file, principal) && file.holdReason == nil else {
            throw ProjectOperation.Target.noFile(name)
        }
        return (file.project, .file(name, file.version))
    }
}

/// What an operation did, or would do.
public struct OperationOutcome: Sendable {
    /// The names of the files that change; none when everything is so already.
    public internal(set) var files: [String]
    /// Whether anything changes.
    public internal(set) var isChange: Bool
    /// The releases that would miss something, at most ``listLimit``: those that nothing satisfies any more come first.
    public let dependents: [Dependent]
    /// How many there are in all.
    public let dependentCount: Int
    /// How many of them nothing would satisfy any more.
    public let brokenCount: Int

    /// So many dependents are listed.
    public static let listLimit = 100
}

/// A release in this index that requires what an operation takes away.
public struct Dependent: Sendable, Equatable {
    /// Its project.
    public let project: ProjectName
    /// Its version.
    public let version: Version
    /// What it requires, as its metadata says it.
    public let requirement: String
    /// Whether no version would satisfy it any more; else another one does.
    public let isBroken: Bool
}
