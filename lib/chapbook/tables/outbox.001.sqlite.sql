-- Mail to be sent, each row to one address. A worker claims a row by writing its mark into `claim`
-- and the end of its lease into due_at: one that dies leaves a row that is simply due again.
CREATE TABLE IF NOT EXISTS outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    about TEXT NOT NULL CHECK (length(about) <= 80),
    message_id TEXT NOT NULL UNIQUE,
    recipient TEXT NOT NULL CHECK (length(recipient) BETWEEN 3 AND 254),
    reply_to TEXT CHECK (length(reply_to) BETWEEN 3 AND 254),
    subject TEXT NOT NULL CHECK (length(subject) <= 250),
    body TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('held', 'waiting', 'sent', 'failed')),
    written_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    claim TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    first_tried_at INTEGER,
    sent_at INTEGER,
    last_error TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS outbox_due ON outbox (state, due_at, id);
CREATE INDEX IF NOT EXISTS outbox_about ON outbox (about, id);

-- When ./chapbook cron was last here; 0 where it has not been yet.
CREATE TABLE IF NOT EXISTS cron_seen (
    job TEXT PRIMARY KEY,
    seen_at INTEGER NOT NULL
) STRICT;
INSERT OR IGNORE INTO cron_seen (job, seen_at) VALUES ('cron', 0);
