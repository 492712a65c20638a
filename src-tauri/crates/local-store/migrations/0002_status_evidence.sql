-- What proves a status can be a revocation list too; and what time the portal had when it was last heard, with what this
-- computer's clock showed then.
ALTER TABLE status_answer ADD COLUMN kind TEXT NOT NULL DEFAULT 'ocsp' CHECK (kind IN ('ocsp', 'revocation-list'));
-- When the answer was known to be correct.
ALTER TABLE status_answer ADD COLUMN this_update TEXT NOT NULL DEFAULT '1970-01-01T00:00:00.000000000Z';
ALTER TABLE status_answer ADD COLUMN portal_said TEXT;
ALTER TABLE status_answer ADD COLUMN portal_heard_at TEXT;
