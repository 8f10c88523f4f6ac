-- A catalog of schema 2 as the program of that time wrote it: that of v1.sql, brought to schema 2.
PRAGMA foreign_keys = OFF;
BEGIN TRANSACTION;
CREATE TABLE files (
    id INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL REFERENCES projects (id),
    index_name TEXT NOT NULL,
    filename TEXT NOT NULL,
    identity TEXT NOT NULL,
    version TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('wheel', 'sdist')),
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    blake2b256 BLOB NOT NULL CHECK (length(blake2b256) = 32),
    size INTEGER NOT NULL,
    upload_time INTEGER NOT NULL,
    requires_python TEXT,
    yanked TEXT,
    core_metadata BLOB CHECK (length(core_metadata) = 32),
    serves_metadata INTEGER NOT NULL DEFAULT 0 CHECK (serves_metadata IN (0, 1)),
    uploader TEXT NOT NULL,
    serial INTEGER NOT NULL REFERENCES journal (serial),
    UNIQUE (index_name, filename),
    UNIQUE (index_name, identity)
) STRICT;
INSERT INTO "files" VALUES(1,1,'main','demo_lib-1.0-py3-none-any.whl','demo-lib 1 py3 none any','1.0','wheel',X'5C6735E0F1B757EDEC4D730ACAB9ED55AFB5086074D069BDAA444B27AF2122D0',X'3B03C8615DB6BDFCD725C454CCB8560C5CD3216F9C8AF39FA41B039BEA07DFF4',1023,1795260621551318,'>=3.8',NULL,X'86F9CE7261D514343441330D187456A80464ABF506EDDA673080251BDD4321D2',1,'admin',2);
INSERT INTO "files" VALUES(2,1,'main','demo_lib-2.0rc1-py3-none-any.whl','demo-lib 2rc1 py3 none any','2.0rc1','wheel',X'CBA08D8C357183086BD47FFBFF4ED671510F31981942C643E52276B538AA72B6',X'DFD212739A8EF2B5082AE8DA93DECA8CEB924552CFCEF0B0C68926327965B55A',1056,1795260621560334,'>=3.8',NULL,X'10902F1E1D22863FDA0C4BB4527BB52E16AD962F3955EAC33D37EE90946F4758',1,'admin',3);
INSERT INTO "files" VALUES(3,1,'main','demo_lib-0.9-py3-none-any.whl','demo-lib 0.9 py3 none any','0.9','wheel',X'61A7C86703B32E7FF8F0A3B898DFA3A479CFA688B7C311E8CCDA9879D417CCAD',X'24D71616DAC1C77747BC25A092A19203094FFB630C085A201E0DE6B450CC767E',1023,1795260621564618,'>=3.8',NULL,X'EA575790F7B35C7D0C21EC15393C52A26341B59D6251EE6542A38D032A07F62A',1,'admin',4);
INSERT INTO "files" VALUES(4,2,'main','de_mo-1.0-py3-none-any.whl','de-mo 1 py3 none any','1.0','wheel',X'F747669ADFD6EF1D5C265CABC764F40C21AAE9F28036A42D6EBC115962CE3603',X'5225688BE4B2C5EDC839935D056F2CD2C566B7C048459F5086814C5CB8D1748F',984,1795260621567126,'>=3.8',NULL,X'D814A2C3367A1D97D83610F33633551E80AB04EA9937186E06B08DC0D1C62724',1,'admin',5);
CREATE TABLE journal (
    serial INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    index_name TEXT,
    project TEXT,
    subject TEXT NOT NULL,
    details TEXT NOT NULL
) STRICT;
INSERT INTO "journal" VALUES(1,1795260620576336,'first start','create-token',NULL,NULL,'admin','{"permissions":"admin"}');
INSERT INTO "journal" VALUES(2,1795260621551318,'admin','publish','main','demo-lib','demo_lib-1.0-py3-none-any.whl','{"sha256":"5c6735e0f1b757edec4d730acab9ed55afb5086074d069bdaa444b27af2122d0","size":1023}');
INSERT INTO "journal" VALUES(3,1795260621560334,'admin','publish','main','demo-lib','demo_lib-2.0rc1-py3-none-any.whl','{"sha256":"cba08d8c357183086bd47ffbff4ed671510f31981942c643e52276b538aa72b6","size":1056}');
INSERT INTO "journal" VALUES(4,1795260621564618,'admin','publish','main','demo-lib','demo_lib-0.9-py3-none-any.whl','{"sha256":"61a7c86703b32e7ff8f0a3b898dfa3a479cfa688b7c311e8ccda9879d417ccad","size":1023}');
INSERT INTO "journal" VALUES(5,1795260621567126,'admin','publish','main','de-mo','de_mo-1.0-py3-none-any.whl','{"sha256":"f747669adfd6ef1d5c265cabc764f40c21aae9f28036a42d6ebc115962ce3603","size":984}');
INSERT INTO "journal" VALUES(6,1795260621576356,'command line','create-token',NULL,NULL,'ci','{"permissions":"upload"}');
INSERT INTO "journal" VALUES(7,1795260621593060,'command line','create-token',NULL,NULL,'old','{"permissions":"read upload"}');
INSERT INTO "journal" VALUES(8,1795260621606260,'command line','revoke-token',NULL,NULL,'old','{}');
CREATE TABLE projects (
    id INTEGER PRIMARY KEY,
    index_name TEXT NOT NULL,
    name TEXT NOT NULL,
    display_name TEXT NOT NULL,
    summary TEXT,
    created INTEGER NOT NULL,
    serial INTEGER NOT NULL REFERENCES journal (serial),
    UNIQUE (index_name, name)
) STRICT;
INSERT INTO "projects" VALUES(1,'main','demo-lib','Demo.Lib','made by a test',1795260621551318,4);
INSERT INTO "projects" VALUES(2,'main','de-mo','de-mo','made by a test',1795260621567126,5);
CREATE TABLE tokens (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    secret_sha256 BLOB NOT NULL UNIQUE CHECK (length(secret_sha256) = 32),
    permissions TEXT NOT NULL,
    index_names TEXT,
    projects TEXT,
    created INTEGER NOT NULL,
    expires INTEGER,
    revoked INTEGER
) STRICT;
INSERT INTO "tokens" VALUES(1,'admin',X'6AF9A5411713C290BAB16B36C1117048C80FACD2BE5CD2DD2EF62622688153A7','admin',NULL,NULL,1795260620576336,NULL,NULL);
INSERT INTO "tokens" VALUES(2,'ci',X'BE30E7C36BDCBFBA59C1B7A25D7FB17E1EA32BB423F8F6D02A06AFB95BCB2E1A','upload',NULL,'demo-lib',1795260621576356,NULL,NULL);
INSERT INTO "tokens" VALUES(3,'old',X'AAEB6117899B7941DA3980EE95B63A3CD457AFB16EF94C049B624AC87F250BE9','read upload',NULL,NULL,1795260621593060,NULL,1795260621606260);
CREATE TRIGGER journal_keeps_rows BEFORE DELETE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_keeps_values BEFORE UPDATE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_keeps_serials BEFORE INSERT ON journal
    WHEN EXISTS (SELECT 1 FROM journal WHERE serial = NEW.serial)
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE INDEX files_of_project ON files (project_id);
CREATE INDEX files_by_sha256 ON files (sha256);
CREATE INDEX files_by_core_metadata ON files (core_metadata) WHERE core_metadata IS NOT NULL;
CREATE INDEX files_by_upload ON files (index_name, upload_time);
CREATE INDEX projects_by_confusable_name ON projects
    (index_name, replace(replace(replace(replace(name, '-', ''), 'l', '1'), 'i', '1'), 'o', '0'));
CREATE INDEX projects_by_creation ON projects (index_name, created);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('journal',8);
COMMIT;
PRAGMA user_version = 2;
