-- What the computer is called.
ALTER TABLE device ADD COLUMN name TEXT;

-- The certificate that this one renews, and the declaration that it rests on: its own, or that of the one it renews.
ALTER TABLE certificate ADD COLUMN renews TEXT REFERENCES certificate (serial_number);
ALTER TABLE certificate ADD COLUMN declared_by TEXT REFERENCES declaration (id);
UPDATE certificate SET declared_by =
    (SELECT d.id FROM declaration d WHERE d.serial_number = certificate.serial_number);
CREATE INDEX certificate_of_employee ON certificate (employee_id);
CREATE INDEX certificate_renewed ON certificate (renews);
CREATE INDEX employee_as_person ON employee (personal_number_hash, cvr);

-- Certificates that are revoked when another one becomes active.
CREATE TABLE supersession (
    serial_number TEXT NOT NULL REFERENCES certificate (serial_number),
    superseded TEXT NOT NULL REFERENCES certificate (serial_number),
    PRIMARY KEY (serial_number, superseded)
);

-- A reference number goes with the revocation codes of all its certificates: tries are counted for all of them together.
ALTER TABLE invitation ADD COLUMN revocation_tries BIGINT NOT NULL DEFAULT 0;
UPDATE invitation SET revocation_tries =
    COALESCE((SELECT d.revocation_code_tries FROM device d WHERE d.serial_number = invitation.serial_number), 0);

ALTER TABLE device DROP COLUMN revocation_code_tries;

-- Who did it, and with which certificate where that is another one than it was done to.
ALTER TABLE event ADD COLUMN actor TEXT CHECK (actor IN
    ('invitation', 'certificate', 'device-token', 'revocation-code', 'authority', 'portal'));
ALTER TABLE event ADD COLUMN acting_serial_number TEXT;

-- What was done with a certificate's key, and from where. Rows are only ever added.
CREATE TABLE activity (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('log-in', 'declaration', 'device-registration', 'renewal', 'revocation')),
    serial_number TEXT NOT NULL REFERENCES certificate (serial_number),
    address TEXT NOT NULL,
    agent TEXT NOT NULL,
    -- The name of the registered computer; NULL where it was none.
    device_name TEXT,
    document TEXT
);
CREATE INDEX activity_of_certificate ON activity (serial_number, number);

CREATE TRIGGER activity_is_never_changed BEFORE UPDATE ON activity
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER activity_is_never_deleted BEFORE DELETE ON activity
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER activity_is_never_emptied BEFORE TRUNCATE ON activity
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The issuing CA's complete lists that may still be relied on, each with the delta list of the same number.
CREATE TABLE issued_list (
    number BIGINT PRIMARY KEY NOT NULL,
    event_id BIGINT NOT NULL,
    this_update BIGINT NOT NULL,
    next_update BIGINT NOT NULL,
    delta_der BYTEA
);
INSERT INTO issued_list (number, event_id, this_update, next_update)
    SELECT number, event_id, this_update, next_update FROM revocation_list WHERE issuer = 'issuing';
