ALTER TABLE people DROP COLUMN place;
DROP TABLE ticket_places;
