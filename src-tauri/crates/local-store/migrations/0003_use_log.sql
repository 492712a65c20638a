-- The log of how keys were used, each line bound to the one before. Lines of the table before had no binding.
CREATE TABLE use_log (
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    key             TEXT NOT NULL,
    purpose         TEXT NOT NULL,
    used_at         TEXT NOT NULL,
    portal          TEXT NOT NULL,
    -- The declaration that was signed or delivered.
    document        TEXT,
    program_version TEXT NOT NULL,
    -- The problem for which the use was refused; NULL where the key was used.
    refused         TEXT,
    -- SHA-256 over the hash of the line before and this line (lifecycle::UseLogChain).
    hash            BLOB CHECK (length(hash) = 32)
) STRICT;

INSERT INTO use_log (number, key, purpose, used_at, portal, program_version)
    SELECT sequence, key, purpose, used_at, portal, '' FROM key_use ORDER BY sequence;

DROP TABLE key_use;

CREATE TRIGGER use_log_is_never_changed BEFORE UPDATE ON use_log
BEGIN
    SELECT RAISE(ABORT, 'a use of a key is never changed');
END;

CREATE TRIGGER use_log_is_never_deleted BEFORE DELETE ON use_log
BEGIN
    SELECT RAISE(ABORT, 'a use of a key is never deleted');
END;
