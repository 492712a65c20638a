-- The event log as a chain: each link has a hash over the one before it. Of what can be erased, a link holds salted hashes
-- alone: with the salt gone, nothing can be told of it, and the chain still holds.
CREATE TABLE event_link (
    event_id BIGINT PRIMARY KEY NOT NULL REFERENCES event (id),
    -- SHA-256 over the hash before it, the event's number, time, kind and actor, and both commitments.
    hash BYTEA NOT NULL,
    -- Over reference number, serial number, detail and authority.
    payload_commitment BYTEA NOT NULL,
    payload_salt BYTEA,
    -- Over the acting serial number; NULL where there is none.
    acting_commitment BYTEA,
    acting_salt BYTEA
);

-- Events until here are linked by the program when it first opens the database, as in SQLite.
INSERT INTO instance_setting (name, value)
    SELECT 'last event before the chain', CAST(COALESCE(MAX(id), 0) AS TEXT) FROM event;

-- What is being erased: a certificate or an invitation, for as long as the transaction that erases it. A row that is still
-- there at the end of its transaction ends that transaction: it refers to a row that there never is.
CREATE TABLE never (
    id BIGINT PRIMARY KEY NOT NULL CHECK (id <> id)
);
CREATE TABLE erasure_under_way (
    serial_number TEXT,
    reference TEXT,
    over_with_its_transaction BIGINT NOT NULL DEFAULT 0 REFERENCES never (id) DEFERRABLE INITIALLY DEFERRED,
    CHECK ((serial_number IS NULL) <> (reference IS NULL))
);

-- An event keeps its number, time, kind and actor for good. What tells whom it is about goes with whom it is about.
CREATE FUNCTION refuse_change_but_erasure_of_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id = OLD.id AND NEW.at = OLD.at AND NEW.kind = OLD.kind AND NEW.actor IS NOT DISTINCT FROM OLD.actor AND (
        (NEW.reference IS NULL AND NEW.serial_number IS NULL AND NEW.detail IS NULL
            AND NEW.authority_serial_number IS NULL AND NEW.acting_serial_number IS NULL
            AND EXISTS (SELECT 1 FROM erasure_under_way u
                WHERE u.serial_number = OLD.serial_number OR u.reference = OLD.reference))
        OR (NEW.reference IS NOT DISTINCT FROM OLD.reference
            AND NEW.serial_number IS NOT DISTINCT FROM OLD.serial_number
            AND NEW.detail IS NOT DISTINCT FROM OLD.detail
            AND NEW.authority_serial_number IS NOT DISTINCT FROM OLD.authority_serial_number
            AND NEW.acting_serial_number IS NULL
            AND EXISTS (SELECT 1 FROM erasure_under_way u WHERE u.serial_number = OLD.acting_serial_number)))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME;
END
$$;
DROP TRIGGER event_is_never_changed ON event;
CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
    FOR EACH ROW EXECUTE FUNCTION refuse_change_but_erasure_of_event();

CREATE FUNCTION refuse_change_but_erasure_of_link() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.event_id = OLD.event_id AND NEW.hash = OLD.hash AND NEW.payload_commitment = OLD.payload_commitment
        AND NEW.acting_commitment IS NOT DISTINCT FROM OLD.acting_commitment AND NEW.acting_salt IS NULL AND (
        (NEW.payload_salt IS NULL AND EXISTS (SELECT 1 FROM erasure_under_way u JOIN event e ON e.id = OLD.event_id
            WHERE u.serial_number = e.serial_number OR u.reference = e.reference))
        OR (NEW.payload_salt IS NOT DISTINCT FROM OLD.payload_salt AND EXISTS (SELECT 1 FROM erasure_under_way u
            JOIN event e ON e.id = OLD.event_id WHERE u.serial_number = e.acting_serial_number)))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME;
END
$$;
CREATE TRIGGER event_link_is_never_changed BEFORE UPDATE ON event_link
    FOR EACH ROW EXECUTE FUNCTION refuse_change_but_erasure_of_link();

CREATE TRIGGER event_link_is_never_deleted BEFORE DELETE ON event_link
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER event_link_is_never_emptied BEFORE TRUNCATE ON event_link
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION refuse_deletion_but_erasure_of_activity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM erasure_under_way u WHERE u.serial_number = OLD.serial_number) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME;
END
$$;
DROP TRIGGER activity_is_never_deleted ON activity;
CREATE TRIGGER activity_is_never_deleted BEFORE DELETE ON activity
    FOR EACH ROW EXECUTE FUNCTION refuse_deletion_but_erasure_of_activity();

-- What is done once a day, by whichever instance comes first.
CREATE TABLE daily_job (
    name TEXT PRIMARY KEY NOT NULL,
    started_at BIGINT NOT NULL
);

-- What is due is found by its age, and nothing is left that refers to it.
CREATE INDEX certificate_by_age ON certificate (not_before) WHERE kind = 'employee';
CREATE INDEX certificate_declared_by ON certificate (declared_by);
CREATE INDEX employee_by_age ON employee (created_at);
CREATE INDEX supersession_of ON supersession (superseded);
CREATE INDEX event_by_acting_certificate ON event (acting_serial_number) WHERE acting_serial_number IS NOT NULL;
CREATE INDEX event_by_authority ON event (authority_serial_number) WHERE authority_serial_number IS NOT NULL;
