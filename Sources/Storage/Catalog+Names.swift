extension Connection {
    /// Those of the normalized names that are projects of an index, neither held nor private.
    func existing(_ names: [String], index: String) throws(StorageError) -> Set<String> {
        var existing: Set<String> = []
        for name in names {
            let found = try first(
                "SELECT name FROM projects WHERE index_name = ?1 AND name = ?2 AND held = 0 AND private = 0",
                .text(index), .text(name)
            ) { row throws(StorageError) in row.text(0) }
            if let found { existing.insert(found) }
        }
        return existing
    }
}

extension Store {
    /// Those of the normalized names that are projects of an index, neither held nor private.
    public func existing(_ names: [String], index: String) throws(StorageError) -> Set<String> {
        try readers.readSnapshot { catalog throws(StorageError) in try catalog.existing(names, index: index) }
    }
}
