-- Secrets of computers that a later registration replaced: they still suspend, so that whoever registers a computer with
-- a stolen key does not take the owner's alarm away.
CREATE TABLE replaced_secret (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    serial_number TEXT NOT NULL REFERENCES certificate (serial_number),
    token_sha256 BLOB NOT NULL UNIQUE,
    revocation_code_salt BLOB NOT NULL,
    revocation_code_hash BLOB NOT NULL,
    replaced_at BIGINT NOT NULL
);
CREATE INDEX replaced_secret_of_certificate ON replaced_secret (serial_number, number);
