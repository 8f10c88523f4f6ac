extension Schema {
    // sha256: of the signature's own bytes, a blob. suffix: what stands behind the archive's name in its address. A check is
    // never changed: checking again adds one. verdict, signer, identity: as Wheelhouse words them; report: JSON; trust: the
    // digest of the files that say who is trusted, NULL when there were none.
    // held_files: stored, and hidden from installers, until they are signed as the policy wants.
    // pinned_signers: who signed a project first, where the policy wants that to go on.
    static let signatures = """
        CREATE TABLE signatures (
            id INTEGER PRIMARY KEY,
            file_id INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
            sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
            suffix TEXT NOT NULL,
            size INTEGER NOT NULL,
            added INTEGER NOT NULL,
            actor TEXT NOT NULL,
            serial INTEGER NOT NULL REFERENCES journal (serial),
            UNIQUE (file_id, sha256)
        ) STRICT;
        CREATE INDEX signatures_by_sha256 ON signatures (sha256);
        CREATE TABLE signature_checks (
            id INTEGER PRIMARY KEY,
            signature_id INTEGER NOT NULL REFERENCES signatures (id) ON DELETE CASCADE,
            time INTEGER NOT NULL,
            verdict TEXT NOT NULL,
            signer TEXT,
            identity TEXT,
            trust BLOB CHECK (length(trust) = 32),
            report TEXT NOT NULL,
            serial INTEGER NOT NULL REFERENCES journal (serial)
        ) STRICT;
        CREATE INDEX checks_of_signature ON signature_checks (signature_id);
        CREATE TRIGGER signature_checks_keep_values BEFORE UPDATE ON signature_checks
            BEGIN SELECT RAISE(ABORT, 'a check of a signature stays as it was'); END;
        CREATE TABLE held_files (
            file_id INTEGER PRIMARY KEY REFERENCES files (id) ON DELETE CASCADE,
            reason TEXT NOT NULL,
            serial INTEGER NOT NULL REFERENCES journal (serial)
        ) STRICT;
        CREATE TABLE pinned_signers (
            project_id INTEGER PRIMARY KEY REFERENCES projects (id) ON DELETE CASCADE,
            identity TEXT NOT NULL,
            signer TEXT NOT NULL,
            serial INTEGER NOT NULL REFERENCES journal (serial)
        ) STRICT;

        """
}
