/// What downloaded a file, as far as its `User-Agent` tells. Each part is one of a few values, so that no client can make
/// the tables grow by inventing names.
public struct DownloadClient: Hashable, Sendable {
    /// Such as `pip`; `other` for one that is not known.
    public let installer: String
    /// The version of Python that it installs for, such as `3.12`; `unknown` where it does not tell.
    public let python: String
    /// The operating system: `Linux`, `macOS`, `Windows`, `other`, or `unknown` where it does not tell.
    public let platform: String

    /// One that tells nothing of itself.
    public static let unknown = DownloadClient(installer: "other", python: "unknown", platform: "unknown")

    /// A client of these parts.
    public init(installer: String, python: String, platform: String) {
        self.installer = installer
        self.python = python
        self.platform = platform
    }
}
