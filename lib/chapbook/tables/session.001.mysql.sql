-- Visits that something is remembered of. The cookie has the token; here is its SHA-256 alone.
-- `data` is a JSON object; `version` tells whether another request has changed it in the meantime.
-- `ends_at` is when nobody can go on with it any more, for the sweep.
CREATE TABLE IF NOT EXISTS session (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    token_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    account_id BIGINT,
    data MEDIUMTEXT NOT NULL,
    version INT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    remember TINYINT NOT NULL CHECK (remember IN (0, 1)),
    agent VARCHAR(200) NOT NULL,
    UNIQUE KEY session_token (token_hash),
    KEY session_ends_at (ends_at, id),
    KEY session_account (account_id, id)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
