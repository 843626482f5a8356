-- What a city's own tickets made of the reader: every version, what it was made of and what it measured.
-- The weights themselves stand in world_parts, 1 MB a row; version 0 is the one that comes with the program.

CREATE TABLE model_versions (
    version BIGINT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    made_by TEXT NOT NULL,
    base BIGINT NOT NULL,
    before BIGINT NOT NULL,
    digest TEXT NOT NULL,
    report TEXT NOT NULL,
    manifest TEXT NOT NULL,
    by_name TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL
);
