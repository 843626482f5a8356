-- Where exactly: what a ticket's place was found by, every area it has to do with, and where authors say they live.

CREATE TABLE ticket_places (
    ticket_id BIGINT PRIMARY KEY REFERENCES tickets (id),
    found_by TEXT NOT NULL,
    areas TEXT NOT NULL
);

ALTER TABLE people ADD COLUMN place TEXT NOT NULL DEFAULT '';
