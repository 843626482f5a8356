DROP TABLE routings;
