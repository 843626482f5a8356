-- Posts that are looked at again and again, so that what its author deletes leaves our public pages.

CREATE TABLE watched_posts (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    post_id BIGINT NOT NULL UNIQUE REFERENCES posts (id),
    account_id BIGINT NOT NULL REFERENCES channel_accounts (id),
    look_at TEXT NOT NULL,
    missing_since TEXT
);
CREATE INDEX watched_posts_by_turn ON watched_posts (account_id, look_at, post_id);

INSERT INTO watched_posts (post_id, account_id, look_at)
SELECT id, account_id, received_at FROM posts
WHERE account_id IN (SELECT id FROM channel_accounts) AND deleted_at IS NULL AND NOT sealed;
