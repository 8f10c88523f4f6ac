import Packaging

extension Connection {
    /// Keeps the bytes of a small blob in the catalog until its file is on the disk.
    ///
    /// - Returns: the number of the new row; it grows.
    func addStagedBlob(_ sha256: Digest, _ bytes: [UInt8]) throws(StorageError) -> Int64 {
        try run("INSERT INTO staged_blobs (sha256, bytes) VALUES (?1, ?2)", .blob(sha256.bytes), .blob(bytes))
        return lastRow
    }

    /// The blobs of the rows after one number and up to another.
    func stagedBlobs(after first: Int64, through last: Int64) throws(StorageError) -> Set<Digest> {
        Set(
            try rows("SELECT sha256 FROM staged_blobs WHERE id > ?1 AND id <= ?2", .integer(first), .integer(last)) {
                row throws(StorageError) in Digest(.sha256, bytes: row.blob(0))
            })
    }

    /// The number of the last row; 0 when there is none.
    func lastStagedBlob() throws(StorageError) -> Int64 {
        try number("SELECT max(id) FROM staged_blobs")
    }

    /// The bytes of a blob, when the catalog has them.
    func stagedBytes(of sha256: Digest) throws(StorageError) -> [UInt8]? {
        try first("SELECT bytes FROM staged_blobs WHERE sha256 = ?1", .blob(sha256.bytes)) {
            row throws(StorageError) in row.blob(0)
        }
    }

    /// Drops the rows after one number and up to another: their files are on the disk.
    func dropStagedBlobs(after first: Int64, through last: Int64) throws(StorageError) {
        try run("DELETE FROM staged_blobs WHERE id > ?1 AND id <= ?2", .integer(first), .integer(last))
    }

    /// Drops the rows of one blob, whose file is to be removed.
    func dropStagedBlob(_ sha256: Digest) throws(StorageError) {
        try run("DELETE FROM staged_blobs WHERE sha256 = ?1", .blob(sha256.bytes))
    }
}
