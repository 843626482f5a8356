DROP TABLE me_too;
DROP TABLE seen_posts;
DROP TABLE channel_sessions;
