public import Packaging
public import Posix

/// What an archive says about itself, once it has been found sound.
public struct Inspection: Sendable {
    /// `METADATA` or `PKG-INFO`, byte for byte as in the archive: the core metadata file (PEP 658).
    public let metadata: [UInt8]
    /// The same, read.
    public let core: CoreMetadata
    /// `WHEEL`, read; `nil` for a source distribution.
    public let wheel: WheelMetadata?
    /// The number of members.
    public let memberCount: Int
    /// The size of the archive once it is unpacked.
    public let unpackedBytes: Int64
    /// Faults that do not keep anybody from installing: sentences for the uploader, such as for the body of the answer.
    public let warnings: [String]
}

/// Reads wheels and source distributions without unpacking them to disk.
public enum Inspector {
    /// Checks an archive from its first to its last byte and reads what it says about itself.
    ///
    /// Blocks for as long as reading, inflating and digesting take: not for an event loop. Memory: under 0.5 MiB for
    /// each thread's buffers, 50 bytes for a member, and the files `METADATA` and `RECORD`, each below its limit.
    ///
    /// - Parameters:
    ///   - file: read at offsets; its position stays.
    ///   - size: the length of the file in bytes.
    ///   - filename: decides what the archive must be; its metadata must be of this project and version.
    ///   - limits: what the archive may cost.
    ///   - workers: their idle threads read the members of a large ZIP archive too. The result is the same without.
    /// - Throws: `ArchiveError`; the rule `unreadable` means that the server failed, any other one that the archive
    ///   is refused.
    public static func inspect(
        _ file: File, size: Int64, as filename: DistributionFilename, limits: ArchiveLimits = .upload,
        workers: WorkerPool? = nil
    ) throws(ArchiveError) -> Inspection {
        let window = FileWindow(file, size: size)
        switch filename {
        case .wheel(let name): return try WheelInspection(name, window, limits, workers).run()
        case .sdist(let name) where name.text.hasSuffix(".zip"):
            var inspection = SdistInspection(name, limits, workers)
            return try inspection.run(zip: window)
        case .sdist(let name):
            var inspection = SdistInspection(name, limits, workers)
            return try inspection.run(tar: window)
        }
    }

    /// Reads core metadata; its complaints become the archive's.
    static func core(_ bytes: [UInt8]) throws(ArchiveError) -> CoreMetadata {
        do {
            return try CoreMetadata(bytes)
        } catch {
            throw ArchiveError(.metadata, error.reason)
        }
    }

    /// Whether `stem` is `{name}-{version}` of this project and version, in any spelling.
    static func names(_ stem: some StringProtocol, _ project: ProjectName, _ version: Version) -> Bool {
        // The file name of a source distribution has the same form, with all its old spellings.
        (try? SdistFilename("\(stem).tar.gz", expecting: (project, version))) != nil
    }
}
