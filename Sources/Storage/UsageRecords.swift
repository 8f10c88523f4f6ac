/// A file that is downloaded, as its downloads are counted.
public struct DownloadedFile: Hashable, Sendable {
    /// The index that it was asked from.
    public let index: String
    /// Its project's normalized name.
    public let project: String
    /// Its release, in normal form.
    public let version: String
    /// Its name.
    public let filename: String

    /// A file by its names.
    public init(index: String, project: String, version: String, filename: String) {
        self.index = index
        self.project = project
        self.version = version
        self.filename = filename
    }
}

/// One row to be counted: so many downloads of one file by one kind of client.
public struct DownloadCount: Hashable, Sendable {
    /// What was downloaded.
    public let file: DownloadedFile
    /// With what.
    public let client: DownloadClient
    /// How often.
    public let count: Int64

    /// A row.
    public init(_ file: DownloadedFile, by client: DownloadClient, count: Int64) {
        self.file = file
        self.client = client
        self.count = count
    }
}

/// What downloads are summed by.
public enum DownloadGrouping: String, Sendable {
    /// Days since 1970-01-01 (UTC).
    case day = "d.day"
    /// Releases, in normal form.
    case version = "f.version"
    /// File names.
    case file = "f.filename"
    /// `DownloadClient.installer`
    case installer = "c.installer"
    /// `DownloadClient.python`
    case python = "c.python"
    /// `DownloadClient.platform`
    case platform = "c.platform"
}

/// How often one thing out of several was downloaded.
public typealias DownloadSum = (name: String, count: Int64)
