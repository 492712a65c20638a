-- SHA-256 over what a row holds (fingerprint.rs), so that a byte that changed on the disk shows: SQLite itself only sees
-- what breaks its own structure. NULL in rows of versions that wrote none.
ALTER TABLE journey ADD COLUMN fingerprint BLOB CHECK (length(fingerprint) = 32);
ALTER TABLE document ADD COLUMN fingerprint BLOB CHECK (length(fingerprint) = 32);
ALTER TABLE outbox ADD COLUMN fingerprint BLOB CHECK (length(fingerprint) = 32);
