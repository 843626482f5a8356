-- Joining: a concern stands in one ticket at a time, what is merged is found quickly, and what may be the same is
-- kept until a person says so or says no.

CREATE UNIQUE INDEX joins_live_by_concern ON joins (concern_id) WHERE ended_at IS NULL;
CREATE INDEX tickets_by_merged ON tickets (merged_into) WHERE merged_into IS NOT NULL;

-- concern_id 0: the whole ticket may be the same as the other one.
CREATE TABLE suggestions (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    ticket_id BIGINT NOT NULL REFERENCES tickets (id),
    other_id BIGINT NOT NULL REFERENCES tickets (id),
    concern_id BIGINT NOT NULL,
    score DOUBLE NOT NULL,
    why TEXT NOT NULL,
    state TEXT NOT NULL,
    by_name TEXT,
    created_at TEXT NOT NULL,
    decided_at TEXT,
    UNIQUE (ticket_id, other_id, concern_id)
);
CREATE INDEX suggestions_by_other ON suggestions (other_id, state);
