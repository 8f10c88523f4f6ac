extension Schema {
    /// What each page of a list of projects is read from, wherever it begins.
    static let lists = publicOrders + listed + changes

    // A partial index for each order of `ProjectListQuery`, of the projects that everybody sees; those by letter are for
    // lists of names that begin with something. The indexes of all projects, which they replace, made a page ask each
    // project before it whether it may be shown.
    private static let publicOrders = """
        DROP INDEX projects_by_creation;
        DROP INDEX projects_by_change;
        CREATE INDEX public_by_name ON projects (index_name, name) WHERE \(shown);
        CREATE INDEX public_by_creation ON projects (index_name, created, name) WHERE \(shown);
        CREATE INDEX public_by_change ON projects (index_name, serial, name) WHERE \(shown);
        CREATE INDEX public_changes ON projects (index_name, serial) WHERE private = 0 AND held = 0;
        CREATE INDEX public_by_letter_and_creation ON projects (index_name, substr(name, 1, 1), created, name)
            WHERE \(shown);
        CREATE INDEX public_by_letter_and_change ON projects (index_name, substr(name, 1, 1), serial, name)
            WHERE \(shown);

        """

    // How many projects everybody sees, by the first letters of their names. A project may be hidden when it is made and
    // shown later, so each trigger can make the row.
    private static let listed = """
        CREATE TABLE listed (
            index_name TEXT NOT NULL,
            letter TEXT NOT NULL,
            projects INTEGER NOT NULL,
            PRIMARY KEY (index_name, letter)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO listed (index_name, letter, projects)
            SELECT index_name, substr(name, 1, 1), count(*) FROM projects WHERE \(shown) GROUP BY 1, 2;
        CREATE TRIGGER listed_with_project AFTER INSERT ON projects
            WHEN NEW.private = 0 AND NEW.held = 0 AND NEW.status <> 'quarantined' BEGIN
            INSERT INTO listed (index_name, letter, projects) VALUES (NEW.index_name, substr(NEW.name, 1, 1), 1)
                ON CONFLICT (index_name, letter) DO UPDATE SET projects = projects + 1;
        END;
        CREATE TRIGGER listed_without_project AFTER DELETE ON projects
            WHEN OLD.private = 0 AND OLD.held = 0 AND OLD.status <> 'quarantined' BEGIN
            UPDATE listed SET projects = projects - 1
                WHERE index_name = OLD.index_name AND letter = substr(OLD.name, 1, 1);
        END;
        CREATE TRIGGER listed_after_change AFTER UPDATE OF private, held, status ON projects BEGIN
            INSERT INTO listed (index_name, letter, projects)
                VALUES (NEW.index_name, substr(NEW.name, 1, 1),
                    (NEW.private = 0 AND NEW.held = 0 AND NEW.status <> 'quarantined')
                        - (OLD.private = 0 AND OLD.held = 0 AND OLD.status <> 'quarantined'))
                ON CONFLICT (index_name, letter) DO UPDATE SET projects = projects + excluded.projects;
        END;

        """

    // The journal's page asks for changes of one kind.
    private static let changes = """
        CREATE INDEX journal_by_action ON journal (action, serial);

        """

    /// The condition that everybody sees a project in lists; SQLite takes the indexes for queries with just these terms.
    static let shown = "private = 0 AND held = 0 AND status <> 'quarantined'"
}
