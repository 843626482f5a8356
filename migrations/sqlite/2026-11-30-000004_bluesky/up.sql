-- Sessions of accounts that sign in with a password, what was seen on a network and is no post of ours, and who said
-- "me too" by passing our answer on.

CREATE TABLE channel_sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    account_id BIGINT NOT NULL UNIQUE REFERENCES channel_accounts (id),
    access TEXT NOT NULL,
    refresh TEXT NOT NULL,
    version BIGINT NOT NULL,
    busy_until TEXT NOT NULL,
    updated_at TEXT NOT NULL
);

CREATE TABLE seen_posts (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    account_id BIGINT NOT NULL REFERENCES channel_accounts (id),
    uri TEXT NOT NULL
);
CREATE UNIQUE INDEX seen_posts_once ON seen_posts (account_id, uri);

CREATE TABLE me_too (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    ticket_id BIGINT NOT NULL REFERENCES tickets (id),
    person_id BIGINT NOT NULL REFERENCES people (id),
    created_at TEXT NOT NULL
);
CREATE UNIQUE INDEX me_too_once ON me_too (ticket_id, person_id);
