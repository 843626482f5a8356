-- What came in through Open311: which key filed which number, and the sandbox, whose rows are a test and go after a week.

CREATE TABLE open311_requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    key_id BIGINT NOT NULL REFERENCES api_keys (id),
    number TEXT NOT NULL UNIQUE,
    token TEXT NOT NULL UNIQUE,
    test BOOLEAN NOT NULL,
    post_id BIGINT REFERENCES posts (id),
    ticket_id BIGINT REFERENCES tickets (id),
    idempotency TEXT,
    digest TEXT NOT NULL,
    service TEXT NOT NULL,
    description TEXT NOT NULL,
    address TEXT NOT NULL,
    lat DOUBLE,
    lon DOUBLE,
    notice TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    UNIQUE (key_id, test, idempotency)
);
CREATE INDEX open311_requests_by_test ON open311_requests (test, created_at);

CREATE TABLE open311_updates (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    key_id BIGINT NOT NULL REFERENCES api_keys (id),
    update_id TEXT NOT NULL,
    test BOOLEAN NOT NULL,
    number TEXT NOT NULL,
    ticket_id BIGINT REFERENCES tickets (id),
    status TEXT NOT NULL,
    description TEXT NOT NULL,
    digest TEXT NOT NULL,
    said_at TEXT NOT NULL,
    received_at TEXT NOT NULL,
    UNIQUE (key_id, test, update_id)
);
CREATE INDEX open311_updates_by_time ON open311_updates (test, received_at);

-- Open311 asks by time: what was opened, what changed, which steps were made.
CREATE INDEX tickets_by_opening ON tickets (opened_at, id);
CREATE INDEX ticket_history_by_time ON ticket_history (at, id);
