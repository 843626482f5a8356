-- Work orders: what crews are sent to do, and the requests in them.

CREATE TABLE work_orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    department TEXT NOT NULL,
    crew TEXT NOT NULL,
    day TEXT NOT NULL,
    turn BIGINT NOT NULL,
    state TEXT NOT NULL,
    why TEXT NOT NULL,
    notes TEXT NOT NULL,
    hazard TEXT NOT NULL,
    dig BOOLEAN NOT NULL,
    made_by TEXT NOT NULL,
    made_at TEXT NOT NULL,
    on_site_at TEXT,
    ended_at TEXT,
    version BIGINT NOT NULL
);
CREATE INDEX work_orders_by_day ON work_orders (day, department, crew);
CREATE INDEX work_orders_by_crew ON work_orders (department, crew, state);

CREATE TABLE work_order_tickets (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    order_id BIGINT NOT NULL REFERENCES work_orders (id),
    ticket_id BIGINT NOT NULL REFERENCES tickets (id),
    added_at TEXT NOT NULL,
    ended_at TEXT
);
CREATE INDEX work_order_tickets_by_order ON work_order_tickets (order_id, id);
CREATE INDEX work_order_tickets_by_ticket ON work_order_tickets (ticket_id, id);

-- The link of each crew's phone, by its random bits.
CREATE TABLE crew_links (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    department TEXT NOT NULL,
    crew TEXT NOT NULL,
    random TEXT NOT NULL UNIQUE,
    made_by TEXT NOT NULL,
    made_at TEXT NOT NULL,
    UNIQUE (department, crew)
);
