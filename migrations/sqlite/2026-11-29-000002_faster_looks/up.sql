-- The public page of a ticket asks for what was merged into it and for what is open around it: both from an index alone.

CREATE INDEX tickets_by_survivor ON tickets (merged_into) WHERE merged_into IS NOT NULL;
DROP INDEX tickets_by_place;
CREATE INDEX tickets_by_place ON tickets (lat, lon, status, merged_into, sealed, hidden);
