extension Schema {
    // publishers: who may have tokens minted for a project. terms: JSON, what a token of the issuer must say, by kind.
    // name: of its robot, and what the names of its tokens begin with, before a #.
    // is_pending: the project did not exist when the publisher was added, and nobody has published to it since.
    // mintings: each ID token is used once; kept until it would be refused for its age anyway, and until the token that was
    // minted for it has expired.
    static let publishers = """
        CREATE TABLE publishers (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            index_name TEXT NOT NULL,
            project TEXT NOT NULL,
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            issuer TEXT NOT NULL,
            terms TEXT NOT NULL,
            is_pending INTEGER NOT NULL CHECK (is_pending IN (0, 1)),
            created INTEGER NOT NULL,
            creator TEXT NOT NULL,
            UNIQUE (index_name, project, issuer, terms)
        ) STRICT;
        CREATE INDEX publishers_by_issuer ON publishers (issuer);
        CREATE TABLE mintings (
            issuer TEXT NOT NULL,
            identifier TEXT NOT NULL,
            until INTEGER NOT NULL,
            token TEXT NOT NULL,
            PRIMARY KEY (issuer, identifier)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX mintings_by_end ON mintings (until);
        CREATE INDEX mintings_by_token ON mintings (token);

        """
}
