DROP INDEX ticket_history_by_time;
DROP INDEX tickets_by_opening;
DROP TABLE open311_updates;
DROP TABLE open311_requests;
