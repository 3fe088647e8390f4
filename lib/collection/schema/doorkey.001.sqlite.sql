-- Only the SHA-256 of a key is kept: whoever reads this table can open nothing with it.
CREATE TABLE IF NOT EXISTS doorkey (
    key_hash TEXT NOT NULL PRIMARY KEY CHECK (length(key_hash) = 64),
    made_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE TABLE IF NOT EXISTS doorkey_session (
    token_hash TEXT NOT NULL PRIMARY KEY CHECK (length(token_hash) = 64),
    opened_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT;
