import Packaging
import Storage

/// Where files are, for the links of a page.
public struct FilePlaces: Sendable {
    /// The address of `/packages/`, relative to that of the page.
    public var packages = "../../packages/"
    /// What stands before `/integrity/` in addresses of provenance objects, which must be `https` (PEP 740); `nil` when
    /// none is known, and then no page names them.
    public var secureOrigin: String?

    /// The places for pages at `/simple/{project}/`.
    public init() {}
}

extension SimpleProjectDetail {
    /// The page's values from the catalog's rows.
    init(
        _ project: ProjectRecord, _ files: [FileRecord], _ signatures: [String: SignatureSummary], _ places: FilePlaces
    ) {
        self.init(
            name: project.name, versions: files.map(\.version),
            files: files.compactMap { SimpleFile($0, signatures[$0.filename] ?? .none, places) },
            status: project.status,
            lastSerial: project.serial)
        statusReason = project.statusReason
    }
}

extension SimpleFile {
    fileprivate init?(_ file: FileRecord, _ signatures: SignatureSummary, _ places: FilePlaces) {
        guard let filename = try? DistributionFilename(file.filename, expecting: (file.project, file.version)) else {
            return nil
        }
        let name = Self.percentEncoded(pathComponent: file.filename)
        self.init(
            filename: filename, url: "\(places.packages)\(file.sha256.hex)/\(name)", sha256: file.sha256,
            size: file.size, uploadTime: file.uploadTime)
        requiresPython = file.requiresPython
        yank = file.yank
        coreMetadata = file.servesMetadata ? file.coreMetadata : nil
        hasSignature = signatures.hasOpenPGP
        guard signatures.hasProvenance, let origin = places.secureOrigin else { return }
        let version = Self.percentEncoded(pathComponent: file.version.description)
        provenance = "\(origin)/integrity/\(file.project.normalized)/\(version)/\(name)/provenance"
    }
}
