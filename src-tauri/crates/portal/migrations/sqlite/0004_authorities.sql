-- Certificates of the issuing CA that are neither an employee's nor of a kind that the first version knew: those of local
-- registration authorities, with whom they are of, and that of the time-stamping authority.
CREATE TABLE authority_certificate (
    -- Lower-case hexadecimal without leading zeros.
    serial_number TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('lra', 'time-stamping')),
    der BLOB NOT NULL,
    not_before BIGINT NOT NULL,
    not_after BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'revoked')),
    reason TEXT,
    since BIGINT NOT NULL,
    organisation TEXT,
    cvr TEXT,
    name TEXT,
    email TEXT,
    CHECK ((state = 'revoked') = (reason IS NOT NULL)),
    CHECK ((kind = 'lra') = (organisation IS NOT NULL AND cvr IS NOT NULL AND name IS NOT NULL AND email IS NOT NULL))
);

-- Everything that the issuing CA has issued: what OCSP and the revocation lists tell of.
CREATE VIEW issued_certificate AS
    SELECT serial_number, not_after, state, reason, since FROM certificate
    UNION ALL
    SELECT serial_number, not_after, state, reason, since FROM authority_certificate;

-- With which certificate a local registration authority did it, where it did it itself.
ALTER TABLE event ADD COLUMN authority_serial_number TEXT;
-- The last suspension of a certificate says what lifts it.
CREATE INDEX event_of_certificate ON event (serial_number, id);
