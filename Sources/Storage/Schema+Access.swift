extension Schema {
    // password: NULL, or in the form of `PasswordHash`. A deleted account keeps its name for ever: the journal says it.
    // index_name and project of a grant: empty for every one. One row names an account or a team, never both.
    private static let accounts = """
        CREATE TABLE accounts (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL CHECK (kind IN ('person', 'robot')),
            password TEXT,
            created INTEGER NOT NULL,
            disabled INTEGER,
            deleted INTEGER
        ) STRICT;
        CREATE TABLE teams (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            created INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE team_members (
            team_id INTEGER NOT NULL REFERENCES teams (id),
            account_id INTEGER NOT NULL REFERENCES accounts (id),
            PRIMARY KEY (team_id, account_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX team_members_by_account ON team_members (account_id);
        CREATE TABLE grants (
            id INTEGER PRIMARY KEY,
            account_id INTEGER REFERENCES accounts (id),
            team_id INTEGER REFERENCES teams (id),
            permission TEXT NOT NULL CHECK (permission IN ('read', 'upload', 'manage', 'admin')),
            index_name TEXT NOT NULL,
            project TEXT NOT NULL,
            CHECK ((account_id IS NULL) <> (team_id IS NULL)),
            CHECK (project = '' OR index_name <> '' AND permission <> 'admin')
        ) STRICT;
        CREATE UNIQUE INDEX grants_of_accounts ON grants (account_id, index_name, project, permission)
            WHERE account_id IS NOT NULL;
        CREATE UNIQUE INDEX grants_of_teams ON grants (team_id, index_name, project, permission)
            WHERE team_id IS NOT NULL;

        """

    // Further columns of a token narrow it; NULL means no limit. versions, addresses: words with a space between.
    // last_used: to the hour. account_id is NULL for no row; SQLite cannot add a column that must have a value.
    private static let narrowTokens = """
        ALTER TABLE tokens ADD COLUMN account_id INTEGER REFERENCES accounts (id);
        ALTER TABLE tokens ADD COLUMN versions TEXT;
        ALTER TABLE tokens ADD COLUMN file_pattern TEXT;
        ALTER TABLE tokens ADD COLUMN addresses TEXT;
        ALTER TABLE tokens ADD COLUMN not_before INTEGER;
        ALTER TABLE tokens ADD COLUMN uses_left INTEGER;
        ALTER TABLE tokens ADD COLUMN last_used INTEGER;
        ALTER TABLE projects ADD COLUMN private INTEGER NOT NULL DEFAULT 0 CHECK (private IN (0, 1));
        CREATE INDEX projects_private ON projects (index_name, name) WHERE private = 1;

        """

    // A token of the time before accounts becomes one of a robot of its name, which has the rights of the token. Names
    // in these columns are words without quotation marks, so they make JSON.
    private static let robotsOfTokens = """
        INSERT INTO accounts (name, kind, created) SELECT name, 'robot', created FROM tokens ORDER BY id;
        UPDATE tokens SET account_id = (SELECT id FROM accounts WHERE accounts.name = tokens.name);
        INSERT OR IGNORE INTO grants (account_id, permission, index_name, project)
            SELECT account_id, iif(word.value = 'admin' AND project.value IS NOT NULL, 'manage', word.value),
                coalesce(place.value, iif(project.value IS NULL, '', 'main')), coalesce(project.value, '')
            FROM tokens JOIN json_each('["' || replace(permissions, ' ', '","') || '"]') AS word
                LEFT JOIN json_each('["' || replace(index_names, ' ', '","') || '"]') AS place
                LEFT JOIN json_each('["' || replace(projects, ' ', '","') || '"]') AS project
            WHERE word.value IN ('read', 'upload', 'manage', 'admin');

        """

    /// Accounts, teams, grants, what narrows a token, and private projects.
    static let access = accounts + narrowTokens + robotsOfTokens
}
