-- no-transaction
-- Terms are only ever added, and an employee whose terms have changed declares again under the same certificate: its serial
-- number may stand in more than one declaration. A table that others refer to is made anew without their checks.
PRAGMA foreign_keys = OFF;

BEGIN IMMEDIATE;

CREATE TABLE declaration_of_several_terms (
    id TEXT PRIMARY KEY NOT NULL,
    serial_number TEXT NOT NULL REFERENCES certificate (serial_number),
    sha256 BLOB NOT NULL,
    document BLOB NOT NULL,
    receipt BLOB NOT NULL,
    terms_id TEXT NOT NULL,
    terms_version BIGINT NOT NULL,
    terms_sha256 TEXT NOT NULL,
    accepted_at BIGINT NOT NULL,
    UNIQUE (serial_number, terms_id, terms_version)
);

INSERT INTO declaration_of_several_terms SELECT id, serial_number, sha256, document, receipt, terms_id, terms_version,
    terms_sha256, accepted_at FROM declaration;

DROP TABLE declaration;

ALTER TABLE declaration_of_several_terms RENAME TO declaration;

-- Every text that was ever in force here, and since when.
CREATE TABLE IF NOT EXISTS terms (
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    language TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    content BLOB NOT NULL,
    in_force_from BIGINT NOT NULL,
    PRIMARY KEY (id, version, language)
);

COMMIT;

PRAGMA foreign_keys = ON;
