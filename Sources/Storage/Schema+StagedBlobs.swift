extension Schema {
    // The bytes of small blobs whose files may not be on the disk yet (`Settler`). AUTOINCREMENT: no number is given twice,
    // because rows are dropped up to a number.
    static let stagedBlobs = """
        CREATE TABLE staged_blobs (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
            bytes BLOB NOT NULL
        ) STRICT;

        """
}
