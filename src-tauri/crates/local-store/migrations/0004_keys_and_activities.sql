-- Keys that no journey names yet, or no longer: the program was stopped before it could record or delete them.
CREATE TABLE announced_key (
    key   TEXT NOT NULL PRIMARY KEY,
    place TEXT NOT NULL
) STRICT;

-- What the portal told of the use of a journey's certificate, and what this computer thinks of it.
CREATE TABLE activity (
    journey   TEXT NOT NULL REFERENCES journey (id),
    -- The portal's name for it.
    id        TEXT NOT NULL,
    at        TEXT NOT NULL,
    -- All of it, JSON.
    activity  TEXT NOT NULL CHECK (json_valid(activity)),
    judgement TEXT NOT NULL CHECK (judgement IN ('ours', 'before', 'suspicious', 'acknowledged')),
    PRIMARY KEY (journey, id)
) STRICT;
