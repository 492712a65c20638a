-- What was made of a delivered declaration so that it can be verified later: with a trusted time, then with all that the
-- verification needs. The declaration as it was delivered stays in "document".
CREATE TABLE preservation (
    declaration TEXT NOT NULL PRIMARY KEY,
    level       TEXT NOT NULL CHECK (level IN ('B-T', 'B-LT')),
    -- The time that the time-stamp proves.
    proven_time TEXT NOT NULL,
    pdf         BLOB NOT NULL
) STRICT;
