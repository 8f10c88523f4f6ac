extension Schema {
    /// What lists and searches for people need.
    static let findable = search + orders + totals + verifications

    // search_names has each name between spaces, its words too, so that " lo" finds what begins a word; three characters
    // a token. search_texts is about the same release as the projects' summary. Rows of both are written by
    // CatalogTransaction and not by triggers: SQLite lets no trigger of an untrusted schema touch a virtual table.
    // What stands here of a project that is gone finds nothing, because each query joins projects.
    // search_pending: projects of an older catalog, whose keywords are still to be read from their core metadata.
    private static let search = """
        CREATE VIRTUAL TABLE search_names USING fts5 (name, tokenize = 'trigram');
        CREATE VIRTUAL TABLE search_texts USING fts5 (name, summary, keywords, classifiers, authors,
            tokenize = 'porter unicode61 remove_diacritics 2');
        CREATE TABLE search_pending (project_id INTEGER PRIMARY KEY) STRICT;
        INSERT INTO search_names (rowid, name) SELECT id, ' ' || replace(name, '-', ' ') || ' ' FROM projects;
        INSERT INTO search_texts (rowid, name, summary, keywords, classifiers, authors)
            SELECT id, display_name, coalesce(summary, ''), '', '', '' FROM projects;
        INSERT INTO search_pending (project_id) SELECT id FROM projects;

        """

    // By what the list of projects can be sorted besides the name and the day of creation.
    private static let orders = """
        CREATE INDEX projects_by_change ON projects (index_name, serial);

        """

    // How much each index holds, so that nobody has to count.
    private static let totals = """
        CREATE TABLE totals (
            index_name TEXT PRIMARY KEY,
            projects INTEGER NOT NULL DEFAULT 0,
            files INTEGER NOT NULL DEFAULT 0,
            bytes INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        INSERT INTO totals (index_name, projects) SELECT index_name, count(*) FROM projects GROUP BY index_name;
        INSERT INTO totals (index_name, files, bytes) SELECT index_name, count(*), sum(size) FROM files
            WHERE deleted IS NULL GROUP BY index_name
            ON CONFLICT (index_name) DO UPDATE SET files = excluded.files, bytes = excluded.bytes;
        CREATE TRIGGER totals_with_project AFTER INSERT ON projects BEGIN
            INSERT INTO totals (index_name, projects) VALUES (NEW.index_name, 1)
                ON CONFLICT (index_name) DO UPDATE SET projects = projects + 1;
        END;
        CREATE TRIGGER totals_without_project AFTER DELETE ON projects BEGIN
            UPDATE totals SET projects = projects - 1 WHERE index_name = OLD.index_name;
        END;
        CREATE TRIGGER totals_with_file AFTER INSERT ON files BEGIN
            INSERT INTO totals (index_name, files, bytes) VALUES (NEW.index_name, 1, NEW.size)
                ON CONFLICT (index_name) DO UPDATE SET files = files + 1, bytes = bytes + excluded.bytes;
        END;
        CREATE TRIGGER totals_without_file AFTER DELETE ON files WHEN OLD.deleted IS NULL BEGIN
            UPDATE totals SET files = files - 1, bytes = bytes - OLD.size WHERE index_name = OLD.index_name;
        END;
        CREATE TRIGGER totals_of_deleted AFTER UPDATE OF deleted ON files
            WHEN NEW.deleted IS NOT NULL AND OLD.deleted IS NULL BEGIN
            UPDATE totals SET files = files - 1, bytes = bytes - OLD.size WHERE index_name = OLD.index_name;
        END;
        CREATE TRIGGER totals_of_restored AFTER UPDATE OF deleted ON files
            WHEN NEW.deleted IS NULL AND OLD.deleted IS NOT NULL BEGIN
            UPDATE totals SET files = files + 1, bytes = bytes + NEW.size WHERE index_name = NEW.index_name;
        END;

        """

    // One row at most: what the last verification came to.
    private static let verifications = """
        CREATE TABLE verifications (
            time INTEGER NOT NULL,
            blobs INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            faults INTEGER NOT NULL
        ) STRICT;

        """
}
