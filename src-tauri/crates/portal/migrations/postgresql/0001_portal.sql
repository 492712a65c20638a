-- Times are whole seconds since 1970-01-01T00:00:00Z.

-- Who the local registration authority ordered a certificate for.
CREATE TABLE employee (
    id TEXT PRIMARY KEY NOT NULL,
    given_name TEXT NOT NULL,
    surname TEXT NOT NULL,
    common_name TEXT NOT NULL,
    email TEXT NOT NULL,
    organisation TEXT NOT NULL,
    cvr TEXT NOT NULL,
    authority_name TEXT NOT NULL,
    authority_phone TEXT,
    authority_email TEXT,
    -- The CPR number, sealed with AES-256-GCM under a key that is outside the database, and its keyed hash.
    personal_number_sealed BYTEA NOT NULL,
    personal_number_hash BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    -- When the declaration opened log-in; NULL before.
    activated_at BIGINT
);

CREATE TABLE certificate (
    -- Lower-case hexadecimal without leading zeros.
    serial_number TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('employee', 'server', 'seal', 'ocsp-responder')),
    employee_id TEXT REFERENCES employee (id),
    public_key_sha256 BYTEA NOT NULL,
    der BYTEA NOT NULL,
    not_before BIGINT NOT NULL,
    not_after BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('awaiting-declaration', 'active', 'suspended', 'revoked')),
    reason TEXT,
    since BIGINT NOT NULL,
    CHECK ((kind = 'employee') = (employee_id IS NOT NULL)),
    CHECK ((state = 'revoked') = (reason IS NOT NULL))
);
CREATE UNIQUE INDEX certificate_of_one_key ON certificate (public_key_sha256) WHERE kind = 'employee';
CREATE INDEX certificate_without_access ON certificate (state) WHERE state IN ('suspended', 'revoked');

CREATE TABLE invitation (
    -- Letters and digits only.
    reference TEXT PRIMARY KEY NOT NULL,
    employee_id TEXT NOT NULL UNIQUE REFERENCES employee (id),
    practice BOOLEAN NOT NULL,
    code_salt BYTEA NOT NULL,
    code_hash BYTEA NOT NULL,
    tries BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    serial_number TEXT UNIQUE REFERENCES certificate (serial_number)
);

-- Tries with reference numbers that nobody was given, so that they are answered as the others.
CREATE TABLE unknown_reference (
    reference_sha256 BYTEA PRIMARY KEY NOT NULL,
    tries BIGINT NOT NULL,
    last_try_at BIGINT NOT NULL
);
CREATE INDEX unknown_reference_by_age ON unknown_reference (last_try_at);

-- The computer that a certificate is used on.
CREATE TABLE device (
    serial_number TEXT PRIMARY KEY NOT NULL REFERENCES certificate (serial_number),
    token_sha256 BYTEA NOT NULL UNIQUE,
    revocation_code_salt BYTEA NOT NULL,
    revocation_code_hash BYTEA NOT NULL,
    revocation_code_tries BIGINT NOT NULL DEFAULT 0,
    registered_at BIGINT NOT NULL
);

CREATE TABLE declaration (
    id TEXT PRIMARY KEY NOT NULL,
    serial_number TEXT NOT NULL UNIQUE REFERENCES certificate (serial_number),
    sha256 BYTEA NOT NULL,
    document BYTEA NOT NULL,
    receipt BYTEA NOT NULL,
    terms_id TEXT NOT NULL,
    terms_version BIGINT NOT NULL,
    terms_sha256 TEXT NOT NULL,
    accepted_at BIGINT NOT NULL
);

-- The latest revocation list of each CA, with the last event that it takes account of.
CREATE TABLE revocation_list (
    issuer TEXT PRIMARY KEY NOT NULL CHECK (issuer IN ('root', 'issuing')),
    number BIGINT NOT NULL,
    event_id BIGINT NOT NULL,
    this_update BIGINT NOT NULL,
    next_update BIGINT NOT NULL,
    der BYTEA NOT NULL
);

-- What happened. Rows are only ever added. Holds no CPR number, code or token.
CREATE TABLE event (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    reference TEXT,
    serial_number TEXT,
    detail TEXT
);
CREATE INDEX event_by_kind ON event (kind, id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME;
END
$$;

CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER event_is_never_emptied BEFORE TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
