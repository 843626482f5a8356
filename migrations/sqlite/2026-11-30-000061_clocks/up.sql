-- Two clocks a ticket: until the promise is due, and until a person answers. Beside the first stands the range in
-- which it should be done, learned from the past (sample -1: nobody has looked yet, 0: too few alike).

CREATE TABLE clocks (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    ticket_id BIGINT NOT NULL REFERENCES tickets (id),
    kind TEXT NOT NULL,
    started_at TEXT NOT NULL,
    due_at TEXT NOT NULL,
    level BIGINT NOT NULL,
    next_at TEXT,
    paused_at TEXT,
    stopped_at TEXT,
    version BIGINT NOT NULL,
    low_at TEXT,
    high_at TEXT,
    sample BIGINT NOT NULL,
    UNIQUE (ticket_id, kind)
);
CREATE INDEX clocks_by_turn ON clocks (next_at, id) WHERE next_at IS NOT NULL;
CREATE INDEX clocks_paused ON clocks (id) WHERE paused_at IS NOT NULL AND stopped_at IS NULL;
CREATE INDEX clocks_unasked ON clocks (id) WHERE sample = -1;
CREATE INDEX clocks_by_range ON clocks (high_at) WHERE high_at IS NOT NULL;
CREATE INDEX tickets_by_fix ON tickets (service, fixed_at) WHERE fixed_at IS NOT NULL;

-- How often these ranges came true, month by month.
CREATE TABLE coverages (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    month TEXT NOT NULL UNIQUE,
    ranges BIGINT NOT NULL,
    kept BIGINT NOT NULL,
    at TEXT NOT NULL
);
