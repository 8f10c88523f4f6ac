/// The names that both pages of the Simple API share.
enum SimpleIndex {
    /// The version that pages announce (PEP 629). HTML is frozen at this one (PEP 833).
    static let apiVersion = "1.4"
}

/// What the page of all projects says (`/simple/`).
public struct SimpleProjectList: Hashable, Sendable {
    /// One project in the list.
    public struct Project: Hashable, Sendable {
        /// The name; shown as written, linked in normal form.
        public let name: ProjectName
        /// The journal's serial of the last change to the project's page.
        public let serial: Int64

        /// A project and its last change.
        public init(name: ProjectName, serial: Int64) {
            self.name = name
            self.serial = serial
        }
    }

    /// The projects, by normal name.
    public let projects: [Project]
    /// The journal's serial of the last change to any project.
    public let lastSerial: Int64

    /// A list. Projects given in order of their names cost no sorting.
    public init(projects: [Project], lastSerial: Int64) {
        let isSorted = zip(projects, projects.dropFirst()).allSatisfy { $0.name <= $1.name }
        self.projects = isSorted ? projects : projects.sorted { $0.name < $1.name }
        self.lastSerial = lastSerial
    }
}

/// What the page of one project says (`/simple/{project}/`).
public struct SimpleProjectDetail: Hashable, Sendable {
    /// The project's name.
    public let name: ProjectName
    /// The versions in PEP 440 order, each release once: those given and those of the files.
    public let versions: [Version]
    /// The files by version, then by file name; empty when the project is quarantined (PEP 792).
    public let files: [SimpleFile]
    /// The project's state.
    public let status: ProjectStatus
    /// Why the project is in its state; `nil` when nobody said.
    public var statusReason: String?
    /// The journal's serial of the last change to this page.
    public let lastSerial: Int64

    /// A page. `versions` may be in any order, with repetitions, and hold versions without files.
    public init(
        name: ProjectName, versions: [Version] = [], files: [SimpleFile], status: ProjectStatus = .active,
        lastSerial: Int64
    ) {
        self.name = name
        self.versions = Self.ordered(versions + files.map(\.filename.version))
        self.files = status.offersFiles ? files.sorted(by: Self.precedes) : []
        self.status = status
        self.lastSerial = lastSerial
    }

    /// In order, without equal versions; of spellings such as `1.0` and `1.0.0` the first in byte order stays.
    private static func ordered(_ versions: [Version]) -> [Version] {
        let sorted = versions.sorted { $0 == $1 ? $0.description < $1.description : $0 < $1 }
        return sorted.enumerated().compactMap { index, version in
            index > 0 && sorted[index - 1] == version ? nil : version
        }
    }

    private static func precedes(_ left: SimpleFile, _ right: SimpleFile) -> Bool {
        let (first, second) = (left.filename, right.filename)
        return first.version == second.version ? first.text < second.text : first.version < second.version
    }
}

/// One file on the page of a project.
public struct SimpleFile: Hashable, Sendable {
    /// The file's name.
    public let filename: DistributionFilename
    /// Where the file is, relative to the page; percent-encoded (``percentEncoded(pathComponent:)``), no fragment.
    public let url: String
    /// The file's digest, with SHA-256.
    public let sha256: Digest
    /// The file's size in bytes.
    public let size: Int64
    /// When the file was uploaded.
    public let uploadTime: UploadTime
    /// `Requires-Python` as the metadata states it; `nil` when it sets no limit.
    public var requiresPython: String?
    /// The yank; `nil` for a file that is not yanked.
    public var yank: Yank?
    /// The digest of `{url}.metadata`; `nil` when there is no such file (PEP 658, PEP 714).
    public var coreMetadata: Digest?
    /// Whether `{url}.asc` exists.
    public var hasSignature = false
    /// The absolute `https` address of the provenance object; `nil` when there is none (PEP 740).
    public var provenance: String?

    /// A file without any of the optional properties; set them afterwards.
    ///
    /// - Precondition: `sha256.algorithm` is `.sha256`.
    public init(filename: DistributionFilename, url: String, sha256: Digest, size: Int64, uploadTime: UploadTime) {
        precondition(sha256.algorithm == .sha256, "pages announce SHA-256")
        self.filename = filename
        self.url = url
        self.sha256 = sha256
        self.size = size
        self.uploadTime = uploadTime
    }

    /// `pathComponent` as one segment of a URL's path (RFC 3986 §3.3). Everything but letters, digits and `-._~!` is
    /// encoded, `+` too, because some clients take it for a space.
    public static func percentEncoded(pathComponent: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(pathComponent.utf8.count + 8)
        for byte in pathComponent.utf8 {
            if byte.isAlphanumeric || "-._~!".utf8.contains(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
