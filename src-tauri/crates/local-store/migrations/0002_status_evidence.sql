-- What proves a status can be a revocation list too; and what time the portal had when it was last heard, with what this
-- computer's clock showed then.
ALTER TABLE status_answer ADD COLUMN kind TEXT NOT NULL DEFAULT 'ocsp' CHECK (kind IN ('ocsp', 'revocation-list'));
ALTER TABLE status_answer ADD COLUMN portal_said TEXT;
ALTER TABLE status_answer ADD COLUMN portal_heard_at TEXT;
