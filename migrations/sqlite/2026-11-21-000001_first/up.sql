-- The whole first house: posts and readings, tickets and their history, replies, promises, people who sign in, jobs.

CREATE TABLE people (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    network TEXT NOT NULL,
    network_id TEXT NOT NULL,
    handle TEXT NOT NULL,
    name TEXT NOT NULL,
    bot BOOLEAN NOT NULL,
    UNIQUE (network, network_id)
);

CREATE TABLE posts (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    channel TEXT NOT NULL,
    account_id BIGINT,
    uri TEXT NOT NULL UNIQUE,
    local_id TEXT NOT NULL,
    person_id BIGINT NOT NULL REFERENCES people (id),
    text TEXT NOT NULL,
    raw TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at TEXT NOT NULL,
    received_at TEXT NOT NULL,
    in_reply_to TEXT,
    lang TEXT,
    lat DOUBLE,
    lon DOUBLE,
    visibility TEXT NOT NULL,
    spoiler TEXT,
    stated TEXT,
    media TEXT NOT NULL,
    edited_at TEXT,
    deleted_at TEXT,
    sealed BOOLEAN NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    decided_at TEXT
);
CREATE INDEX posts_by_outcome ON posts (outcome, id);
CREATE INDEX posts_by_person ON posts (person_id, id);
CREATE INDEX posts_by_local_id ON posts (local_id);

CREATE TABLE post_versions (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    post_id BIGINT NOT NULL REFERENCES posts (id),
    version BIGINT NOT NULL,
    text TEXT NOT NULL,
    raw TEXT NOT NULL,
    received_at TEXT NOT NULL,
    UNIQUE (post_id, version)
);

CREATE TABLE readings (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    post_id BIGINT NOT NULL REFERENCES posts (id),
    version BIGINT NOT NULL,
    kind TEXT NOT NULL,
    report_p DOUBLE NOT NULL,
    urgency TEXT NOT NULL,
    language TEXT NOT NULL,
    body TEXT NOT NULL,
    model TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX readings_by_post ON readings (post_id, id);

CREATE TABLE concerns (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    post_id BIGINT NOT NULL REFERENCES posts (id),
    n BIGINT NOT NULL,
    service TEXT NOT NULL,
    service_p DOUBLE NOT NULL,
    urgency TEXT NOT NULL,
    place_status TEXT NOT NULL,
    place TEXT,
    alternatives TEXT NOT NULL,
    queue TEXT NOT NULL,
    queue_why TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX concerns_by_post ON concerns (post_id, n);
CREATE INDEX concerns_by_queue ON concerns (queue, id);

CREATE TABLE tickets (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    number TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    waiting_for TEXT,
    waiting_until TEXT,
    service TEXT NOT NULL,
    department TEXT NOT NULL,
    place_label TEXT NOT NULL,
    place_kind TEXT NOT NULL,
    place_key TEXT NOT NULL,
    segment_key TEXT,
    lat DOUBLE,
    lon DOUBLE,
    radius_m DOUBLE,
    area TEXT,
    sealed BOOLEAN NOT NULL,
    hidden BOOLEAN NOT NULL,
    urgency TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    due_at TEXT,
    status_at TEXT NOT NULL,
    stage BIGINT NOT NULL,
    fixed_at TEXT,
    closed_at TEXT,
    close_reason TEXT,
    close_words TEXT,
    proof TEXT,
    merged_into BIGINT REFERENCES tickets (id) DEFERRABLE INITIALLY DEFERRED,
    version BIGINT NOT NULL,
    people BIGINT NOT NULL,
    rule TEXT NOT NULL
);
CREATE INDEX tickets_by_place ON tickets (lat, lon);
CREATE INDEX tickets_by_key ON tickets (place_key);
CREATE INDEX tickets_by_status ON tickets (status, id);
CREATE INDEX tickets_by_department ON tickets (department, status, id);

CREATE TABLE joins (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    concern_id BIGINT NOT NULL REFERENCES concerns (id),
    ticket_id BIGINT NOT NULL REFERENCES tickets (id),
    post_id BIGINT NOT NULL REFERENCES posts (id),
    person_id BIGINT NOT NULL REFERENCES people (id),
    why TEXT NOT NULL,
    score DOUBLE NOT NULL,
    actor TEXT NOT NULL,
    created_at TEXT NOT NULL,
    ended_at TEXT
);
CREATE INDEX joins_by_ticket ON joins (ticket_id, id);
CREATE INDEX joins_by_concern ON joins (concern_id, id);
CREATE INDEX joins_by_post ON joins (post_id, id);

CREATE TABLE ticket_history (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    ticket_id BIGINT NOT NULL REFERENCES tickets (id),
    seq BIGINT NOT NULL,
    step TEXT NOT NULL,
    actor TEXT NOT NULL,
    channel TEXT NOT NULL,
    at TEXT NOT NULL,
    public BOOLEAN NOT NULL,
    words TEXT NOT NULL,
    digest TEXT NOT NULL,
    hash TEXT NOT NULL,
    UNIQUE (ticket_id, seq)
);

CREATE TABLE notes (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    ticket_id BIGINT NOT NULL REFERENCES tickets (id),
    author TEXT NOT NULL,
    words TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX notes_by_ticket ON notes (ticket_id, id);

CREATE TABLE questions (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    concern_id BIGINT NOT NULL REFERENCES concerns (id),
    ticket_id BIGINT NOT NULL REFERENCES tickets (id),
    post_id BIGINT NOT NULL REFERENCES posts (id),
    person_id BIGINT NOT NULL REFERENCES people (id),
    tries BIGINT NOT NULL,
    candidates TEXT NOT NULL,
    state TEXT NOT NULL,
    asked_at TEXT NOT NULL
);
CREATE INDEX questions_by_person ON questions (person_id, state, id);
CREATE INDEX questions_by_ticket ON questions (ticket_id, id);

CREATE TABLE channel_accounts (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    base_url TEXT NOT NULL,
    network_id TEXT NOT NULL,
    handle TEXT NOT NULL,
    secret TEXT NOT NULL,
    state TEXT NOT NULL,
    why TEXT NOT NULL,
    max_chars BIGINT NOT NULL,
    url_chars BIGINT NOT NULL,
    position TEXT NOT NULL,
    replies_sent BIGINT NOT NULL,
    trial_replies BIGINT NOT NULL,
    resume_at TEXT,
    polled_at TEXT,
    created_at TEXT NOT NULL
);

CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    event_key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    ticket_id BIGINT REFERENCES tickets (id),
    post_id BIGINT NOT NULL REFERENCES posts (id),
    person_id BIGINT NOT NULL REFERENCES people (id),
    account_id BIGINT,
    channel TEXT NOT NULL,
    to_local_id TEXT NOT NULL,
    to_uri TEXT NOT NULL,
    text TEXT NOT NULL,
    visibility TEXT NOT NULL,
    spoiler TEXT,
    language TEXT NOT NULL,
    state TEXT NOT NULL,
    why TEXT NOT NULL,
    automatic BOOLEAN NOT NULL,
    drafted_by TEXT NOT NULL,
    approved_by TEXT,
    idempotency_key TEXT NOT NULL,
    lease BIGINT NOT NULL,
    leased_until TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    first_attempt_at TEXT,
    last_attempt_at TEXT,
    looked BIGINT NOT NULL,
    run_at TEXT NOT NULL,
    delivered_id TEXT,
    delivered_uri TEXT,
    delivered_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX outbox_by_state ON outbox (state, run_at, id);
CREATE INDEX outbox_by_ticket ON outbox (ticket_id, id);
CREATE INDEX outbox_by_post ON outbox (post_id, id);
CREATE INDEX outbox_by_delivered ON outbox (delivered_uri);

CREATE TABLE promises (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    ticket_id BIGINT NOT NULL REFERENCES tickets (id),
    outbox_id BIGINT REFERENCES outbox (id),
    department TEXT NOT NULL,
    what TEXT NOT NULL,
    due_at TEXT NOT NULL,
    made_at TEXT NOT NULL,
    kept_at TEXT,
    state TEXT NOT NULL
);
CREATE INDEX promises_by_ticket ON promises (ticket_id, id);
CREATE INDEX promises_by_state ON promises (state, due_at);

CREATE TABLE foreign_posts (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    account_id BIGINT NOT NULL REFERENCES channel_accounts (id),
    uri TEXT NOT NULL UNIQUE,
    text TEXT NOT NULL,
    in_reply_to TEXT,
    ticket_id BIGINT REFERENCES tickets (id),
    seen_at TEXT NOT NULL
);

CREATE TABLE photos (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    sha256 TEXT NOT NULL,
    ticket_id BIGINT REFERENCES tickets (id),
    post_id BIGINT REFERENCES posts (id),
    role TEXT NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    likeness BIGINT NOT NULL,
    public BOOLEAN NOT NULL,
    by_name TEXT NOT NULL,
    alt TEXT NOT NULL,
    taken_at TEXT,
    created_at TEXT NOT NULL
);
CREATE INDEX photos_by_ticket ON photos (ticket_id, id);
CREATE INDEX photos_by_post ON photos (post_id, id);

CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    department TEXT,
    password TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at TEXT NOT NULL
);

CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    user_id BIGINT NOT NULL REFERENCES users (id),
    csrf TEXT NOT NULL,
    created_at TEXT NOT NULL,
    seen_at TEXT NOT NULL
);

CREATE TABLE sign_in_tries (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    who TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE INDEX sign_in_tries_by_who ON sign_in_tries (who, at);

CREATE TABLE followers (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    ticket_id BIGINT NOT NULL REFERENCES tickets (id),
    email TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    created_at TEXT NOT NULL,
    UNIQUE (ticket_id, email)
);

CREATE TABLE mails (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    event_key TEXT NOT NULL UNIQUE,
    to_address TEXT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    html TEXT NOT NULL,
    state TEXT NOT NULL,
    why TEXT NOT NULL,
    ticket_id BIGINT REFERENCES tickets (id),
    run_at TEXT NOT NULL,
    leased_until TEXT NOT NULL,
    lease BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX mails_by_state ON mails (state, run_at, id);

CREATE TABLE duty_pages (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    ticket_id BIGINT NOT NULL UNIQUE REFERENCES tickets (id),
    paged BIGINT NOT NULL,
    next_at TEXT NOT NULL,
    had_by TEXT,
    had_at TEXT,
    created_at TEXT NOT NULL
);

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kind TEXT NOT NULL,
    unique_key TEXT UNIQUE,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    run_at TEXT NOT NULL,
    leased_until TEXT NOT NULL,
    lease BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    crashes BIGINT NOT NULL,
    why TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX jobs_due ON jobs (state, run_at, id);

CREATE TABLE switches (
    name TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL,
    by_name TEXT NOT NULL,
    at TEXT NOT NULL
);

CREATE TABLE counters (
    name TEXT PRIMARY KEY NOT NULL,
    next BIGINT NOT NULL
);

CREATE TABLE world_versions (
    part TEXT PRIMARY KEY NOT NULL,
    version BIGINT NOT NULL,
    digest TEXT NOT NULL,
    by_name TEXT NOT NULL,
    at TEXT NOT NULL
);

CREATE TABLE world_parts (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    part TEXT NOT NULL,
    version BIGINT NOT NULL,
    n BIGINT NOT NULL,
    bytes BLOB NOT NULL,
    UNIQUE (part, version, n)
);

CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    about TEXT NOT NULL
);
