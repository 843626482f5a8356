DROP TABLE watched_posts;
