DROP TABLE crew_links;
DROP TABLE work_order_tickets;
DROP TABLE work_orders;
