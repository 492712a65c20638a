-- Reference numbers that nobody was given are kept as keyed hashes, their key outside the database: somebody may type a CPR
-- number there, and of those there are so few that a plain hash hides none of them.
CREATE TABLE unknown_reference_try (
    -- HMAC-SHA-256.
    reference_hmac BLOB PRIMARY KEY NOT NULL,
    tries BIGINT NOT NULL,
    last_try_at BIGINT NOT NULL
);
CREATE INDEX unknown_reference_try_by_age ON unknown_reference_try (last_try_at);

-- Instances of the version before may add to it until they are stopped; the daily job empties it.
DELETE FROM unknown_reference;

-- INSERT OR REPLACE takes a row's place without telling the triggers of deletions, but on connections that have switched
-- recursive_triggers on: that is up to whoever opens the file.
CREATE TRIGGER event_is_never_replaced BEFORE INSERT ON event
WHEN EXISTS (SELECT 1 FROM event o WHERE o.id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'events are append-only');
END;

CREATE TRIGGER event_link_is_never_replaced BEFORE INSERT ON event_link
WHEN EXISTS (SELECT 1 FROM event_link o WHERE o.event_id = NEW.event_id)
BEGIN
    SELECT RAISE(ABORT, 'links of events are append-only');
END;

CREATE TRIGGER activity_is_never_replaced BEFORE INSERT ON activity
WHEN EXISTS (SELECT 1 FROM activity o WHERE o.number = NEW.number OR o.id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'activities are append-only');
END;

CREATE TRIGGER terms_are_never_replaced BEFORE INSERT ON terms
WHEN EXISTS (SELECT 1 FROM terms o WHERE o.id = NEW.id AND o.version = NEW.version AND o.language = NEW.language)
BEGIN
    SELECT RAISE(ABORT, 'terms are append-only');
END;
