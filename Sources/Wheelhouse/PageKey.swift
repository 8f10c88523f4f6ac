/// What a page is of.
public enum PageKey: Hashable, Sendable {
    /// All projects of an index, for installers.
    case projectList(index: String)
    /// One project's files, for installers. The name is the normalized one.
    case projectDetail(index: String, project: String)
    /// The home page for people.
    case home(index: String)
    /// One project's page for people.
    case project(index: String, project: String)
    /// A page below a project's for people, by what comes behind that one's address. No change announces it: it is true
    /// until its project changes.
    case below(index: String, project: String, page: String)
    /// One project, for tools that read the JSON API.
    case projectJSON(index: String, project: String)
    /// The projects that came last, for feed readers.
    case newProjects(index: String)
    /// The files that came last, for feed readers.
    case newFiles(index: String)
    /// One archive.
    case file(sha256: String, filename: String)
    /// A page with private projects on it, for those who see exactly these (`seen` is a digest of their names). After
    /// each `change` of the index it is another page, so nobody has to forget it.
    indirect case view(of: PageKey, seen: String, change: Int)

    /// Whether it is for some people only.
    public var isPrivate: Bool { if case .view = self { true } else { false } }

    /// The normalized name of the project that the page is below of; `nil` for every other page.
    public var projectAbove: String? {
        switch self {
        case .below(_, let project, _): project
        case .view(let key, _, _): key.projectAbove
        default: nil
        }
    }
}
