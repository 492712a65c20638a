-- The user database is searched for names in full. LOWER knows the letters of ASCII everywhere and others in some databases;
-- hence Æ, Ø and Å by hand.
CREATE INDEX employee_by_name ON employee
    ((REPLACE(REPLACE(REPLACE(LOWER(common_name), 'Æ', 'æ'), 'Ø', 'ø'), 'Å', 'å')));
CREATE INDEX employee_by_surname ON employee
    ((REPLACE(REPLACE(REPLACE(LOWER(surname), 'Æ', 'æ'), 'Ø', 'ø'), 'Å', 'å')));
CREATE INDEX employee_by_organisation_name ON employee
    ((REPLACE(REPLACE(REPLACE(LOWER(organisation), 'Æ', 'æ'), 'Ø', 'ø'), 'Å', 'å')));
