-- When a certificate was put on hold, where it was revoked while on hold: that stays its revocation date in OCSP and on the
-- lists, since from then on nobody could rely on it. ITU-T X.509 says so of the reason certificateHold: the final revocation
-- that takes the place of a hold has the date of the hold ([RFC 5280 §5.3.1] takes its reasons from there).
ALTER TABLE certificate ADD COLUMN on_hold_since BIGINT;
UPDATE certificate SET on_hold_since =
    (SELECT s.at FROM event s WHERE s.serial_number = certificate.serial_number AND s.kind = 'suspended' AND s.id >
        COALESCE((SELECT MAX(r.id) FROM event r
            WHERE r.serial_number = certificate.serial_number AND r.kind = 'reinstated'), 0)
        ORDER BY s.id DESC LIMIT 1)
    WHERE state = 'revoked';

DROP VIEW issued_certificate;
CREATE VIEW issued_certificate AS
    SELECT serial_number, not_after, state, reason, COALESCE(on_hold_since, since) AS since FROM certificate
    UNION ALL
    SELECT serial_number, not_after, state, reason, since FROM authority_certificate;

-- What every instance of the portal on this database must have alike: its keys, by their SHA-256, and its mode.
CREATE TABLE instance_setting (
    name TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
);

CREATE TRIGGER terms_are_never_changed BEFORE UPDATE ON terms
BEGIN
    SELECT RAISE(ABORT, 'terms are append-only');
END;

CREATE TRIGGER terms_are_never_deleted BEFORE DELETE ON terms
BEGIN
    SELECT RAISE(ABORT, 'terms are append-only');
END;
