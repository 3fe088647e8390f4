-- AUTOINCREMENT: the id of a deleted entry is never given again.
CREATE TABLE IF NOT EXISTS guestbook_entry (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    place TEXT CHECK (length(place) BETWEEN 1 AND 80),
    message TEXT NOT NULL CHECK (length(message) BETWEEN 1 AND 4000),
    signed_at INTEGER NOT NULL
) STRICT;
