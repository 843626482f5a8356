-- Which rule sent a ticket where, each time the machine decided; the newest row is in force.

CREATE TABLE routings (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    ticket_id BIGINT NOT NULL REFERENCES tickets (id),
    rule TEXT NOT NULL,
    config_hash TEXT NOT NULL,
    department TEXT NOT NULL,
    crew TEXT,
    why TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE INDEX routings_by_ticket ON routings (ticket_id, id);
