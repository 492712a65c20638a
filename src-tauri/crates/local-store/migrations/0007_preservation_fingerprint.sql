-- As in 0006, for what was made of a declaration so that it can be verified later.
ALTER TABLE preservation ADD COLUMN fingerprint BLOB CHECK (length(fingerprint) = 32);
