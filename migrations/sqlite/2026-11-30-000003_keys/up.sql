-- Keys of programs that write to this city: Open311 clients, apps, departments. Only the digest of a key is kept.

CREATE TABLE api_keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL UNIQUE,
    digest TEXT NOT NULL UNIQUE,
    owner_name TEXT NOT NULL,
    owner_contact TEXT NOT NULL,
    scopes TEXT NOT NULL,
    per_hour BIGINT NOT NULL,
    hour TEXT NOT NULL,
    uses BIGINT NOT NULL,
    expires_at TEXT,
    revoked_at TEXT,
    created_at TEXT NOT NULL
);
