-- Visits that something is remembered of. The cookie has the token; here is its SHA-256 alone.
-- `data` is a JSON object; `version` tells whether another request has changed it in the meantime.
-- `ends_at` is when nobody can go on with it any more, for the sweep.
CREATE TABLE IF NOT EXISTS session (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    token_hash TEXT NOT NULL UNIQUE CHECK (length(token_hash) = 64),
    account_id INTEGER,
    data TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    remember INTEGER NOT NULL CHECK (remember IN (0, 1)),
    agent TEXT NOT NULL CHECK (length(agent) <= 200)
) STRICT;
CREATE INDEX IF NOT EXISTS session_ends_at ON session (ends_at, id);
CREATE INDEX IF NOT EXISTS session_account ON session (account_id, id);
