-- Only the SHA-256 of a key is kept: whoever reads this table can open nothing with it.
CREATE TABLE IF NOT EXISTS doorkey (
    key_hash CHAR(64) NOT NULL PRIMARY KEY,
    made_at BIGINT NOT NULL,
    used_at BIGINT
) ENGINE=InnoDB CHARACTER SET ascii COLLATE ascii_bin;
CREATE TABLE IF NOT EXISTS doorkey_session (
    token_hash CHAR(64) NOT NULL PRIMARY KEY,
    opened_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
) ENGINE=InnoDB CHARACTER SET ascii COLLATE ascii_bin;
