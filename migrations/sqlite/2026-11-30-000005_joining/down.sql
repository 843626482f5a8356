DROP TABLE suggestions;
DROP INDEX tickets_by_merged;
DROP INDEX joins_live_by_concern;
