DROP INDEX tickets_by_survivor;
DROP INDEX tickets_by_place;
CREATE INDEX tickets_by_place ON tickets (lat, lon);
