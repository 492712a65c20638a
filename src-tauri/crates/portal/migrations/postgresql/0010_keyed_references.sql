-- Reference numbers that nobody was given are kept as keyed hashes, their key outside the database: somebody may type a CPR
-- number there, and of those there are so few that a plain hash hides none of them.
CREATE TABLE unknown_reference_try (
    -- HMAC-SHA-256.
    reference_hmac BYTEA PRIMARY KEY NOT NULL,
    tries BIGINT NOT NULL,
    last_try_at BIGINT NOT NULL
);
CREATE INDEX unknown_reference_try_by_age ON unknown_reference_try (last_try_at);

-- Instances of the version before may add to it until they are stopped; the daily job empties it. TRUNCATE leaves no dead rows.
TRUNCATE unknown_reference;

-- What takes a row's place here tells the triggers of changes. These are for SQLite, where it does not; both refuse alike.
CREATE FUNCTION refuse_replacement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_there BOOLEAN := FALSE;
BEGIN
    IF TG_TABLE_NAME = 'event' THEN
        is_there := EXISTS (SELECT 1 FROM event o WHERE o.id = NEW.id);
    ELSIF TG_TABLE_NAME = 'event_link' THEN
        is_there := EXISTS (SELECT 1 FROM event_link o WHERE o.event_id = NEW.event_id);
    ELSIF TG_TABLE_NAME = 'activity' THEN
        is_there := EXISTS (SELECT 1 FROM activity o WHERE o.number = NEW.number OR o.id = NEW.id);
    ELSIF TG_TABLE_NAME = 'terms' THEN
        is_there := EXISTS (SELECT 1 FROM terms o
            WHERE o.id = NEW.id AND o.version = NEW.version AND o.language = NEW.language);
    END IF;
    IF is_there THEN
        RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER event_is_never_replaced BEFORE INSERT ON event
    FOR EACH ROW EXECUTE FUNCTION refuse_replacement();

CREATE TRIGGER event_link_is_never_replaced BEFORE INSERT ON event_link
    FOR EACH ROW EXECUTE FUNCTION refuse_replacement();

CREATE TRIGGER activity_is_never_replaced BEFORE INSERT ON activity
    FOR EACH ROW EXECUTE FUNCTION refuse_replacement();

CREATE TRIGGER terms_are_never_replaced BEFORE INSERT ON terms
    FOR EACH ROW EXECUTE FUNCTION refuse_replacement();
