/// The state of a project (PEP 792). The raw value is the word in the Simple API.
public enum ProjectStatus: String, CaseIterable, Hashable, Sendable {
    /// Nothing special; the state of a project without a marker.
    case active
    /// Still works, but should not be used any more.
    case deprecated
    /// Not developed any more: no uploads.
    case archived
    /// Held back as unsafe: no uploads, and no file is offered.
    case quarantined

    /// Whether new files may be uploaded.
    public var allowsUploads: Bool {
        switch self {
        case .active, .deprecated: true
        case .archived, .quarantined: false
        }
    }

    /// Whether the project's files may be offered.
    public var offersFiles: Bool { self != .quarantined }
}
