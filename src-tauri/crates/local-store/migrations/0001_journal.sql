-- The journal of one computer. Times are RFC 3339 in UTC with nanoseconds; ids are hyphenated UUIDs.

-- Tells the file from the database of another program ("Cert").
PRAGMA application_id = 0x43657274;

CREATE TABLE journey (
    id          TEXT    NOT NULL PRIMARY KEY,
    revision    INTEGER NOT NULL CHECK (revision >= 1),
    portal      TEXT    NOT NULL,
    practice    INTEGER NOT NULL CHECK (practice IN (0, 1)),
    -- The state with its data, JSON.
    step        TEXT    NOT NULL CHECK (json_valid(step)),
    -- 0 where it is in the archive.
    under_way   INTEGER NOT NULL CHECK (under_way IN (0, 1))
) STRICT;

CREATE UNIQUE INDEX one_journey_is_under_way ON journey (under_way) WHERE under_way = 1;

CREATE TABLE document (
    journey TEXT NOT NULL REFERENCES journey (id),
    kind    TEXT NOT NULL CHECK (kind IN ('declaration', 'receipt')),
    bytes   BLOB NOT NULL,
    PRIMARY KEY (journey, kind)
) STRICT;

-- The signed declaration that the portal has not got yet.
CREATE TABLE outbox (
    declaration TEXT NOT NULL PRIMARY KEY,
    journey     TEXT NOT NULL UNIQUE REFERENCES journey (id),
    pdf         BLOB NOT NULL
) STRICT;

CREATE TABLE key_use (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    key      TEXT NOT NULL,
    purpose  TEXT NOT NULL CHECK (purpose IN
        ('certification-request', 'device-registration', 'declaration-signature', 'declaration-submission')),
    used_at  TEXT NOT NULL,
    portal   TEXT NOT NULL
) STRICT;

CREATE TRIGGER key_use_is_never_changed BEFORE UPDATE ON key_use
BEGIN
    SELECT RAISE(ABORT, 'a use of a key is never changed');
END;

CREATE TRIGGER key_use_is_never_deleted BEFORE DELETE ON key_use
BEGIN
    SELECT RAISE(ABORT, 'a use of a key is never deleted');
END;

-- The last good answer about the status of a journey's certificate, a DER OCSPResponse.
CREATE TABLE status_answer (
    journey  TEXT NOT NULL PRIMARY KEY REFERENCES journey (id),
    response BLOB NOT NULL
) STRICT;

CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
