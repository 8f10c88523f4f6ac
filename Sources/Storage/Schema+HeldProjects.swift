extension Schema {
    // held: no file of the project was ever offered, all wait for signatures: it is absent for all but its managers.
    static let heldProjects = """
        ALTER TABLE projects ADD COLUMN held INTEGER NOT NULL DEFAULT 0 CHECK (held IN (0, 1));
        UPDATE projects SET held = 1 WHERE id IN (SELECT project_id FROM files JOIN held_files ON file_id = files.id)
            AND NOT EXISTS (
                SELECT 1 FROM files WHERE project_id = projects.id AND id NOT IN (SELECT file_id FROM held_files));
        CREATE INDEX projects_held ON projects (index_name) WHERE held = 1;

        """
}
