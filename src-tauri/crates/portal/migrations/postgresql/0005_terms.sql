-- Terms are only ever added, and an employee whose terms have changed declares again under the same certificate: its serial
-- number may stand in more than one declaration.
ALTER TABLE declaration DROP CONSTRAINT declaration_serial_number_key;
ALTER TABLE declaration ADD CONSTRAINT declaration_of_terms UNIQUE (serial_number, terms_id, terms_version);

-- Every text that was ever in force here, and since when.
CREATE TABLE terms (
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    language TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    content BYTEA NOT NULL,
    in_force_from BIGINT NOT NULL,
    PRIMARY KEY (id, version, language)
);
