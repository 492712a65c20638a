-- Where a user works, as the local registration authority has it; NULL for orders that the staff made.
ALTER TABLE employee ADD COLUMN place_of_work TEXT;

-- The desk of the local registration authority lists an organisation's users, and what happened to their invitations.
CREATE INDEX employee_of_organisation ON employee (cvr);
CREATE INDEX event_of_invitation ON event (reference, id);
