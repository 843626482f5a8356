DROP TABLE coverages;
DROP INDEX tickets_by_fix;
DROP TABLE clocks;
