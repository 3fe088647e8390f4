-- What visitors have sent by forms in static pages, and what is needed to keep spam out.
-- AUTOINCREMENT: the id of a deleted submission is never given again.
CREATE TABLE IF NOT EXISTS submission (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    form TEXT NOT NULL CHECK (length(form) BETWEEN 1 AND 191),
    received_at INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'read')),
    spam INTEGER NOT NULL DEFAULT 0 CHECK (spam IN (0, 1)),
    reasons TEXT NOT NULL CHECK (length(reasons) <= 200),
    notes TEXT NOT NULL CHECK (length(notes) <= 200),
    summary TEXT NOT NULL CHECK (length(summary) <= 200),
    reply_to TEXT CHECK (length(reply_to) BETWEEN 3 AND 254),
    repeats INTEGER NOT NULL DEFAULT 0,
    content_hash TEXT NOT NULL CHECK (length(content_hash) = 64),
    repeat_key TEXT UNIQUE CHECK (length(repeat_key) = 64)
) STRICT;
CREATE INDEX IF NOT EXISTS submission_form ON submission (form, spam, state, id);
CREATE INDEX IF NOT EXISTS submission_content ON submission (form, content_hash, received_at);
CREATE INDEX IF NOT EXISTS submission_received_at ON submission (received_at, id);

-- A field that may have several values has a row for each; one left empty has a row with NULL.
CREATE TABLE IF NOT EXISTS submission_value (
    submission_id INTEGER NOT NULL REFERENCES submission (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    part INTEGER NOT NULL,
    name TEXT NOT NULL CHECK (length(name) <= 255),
    label TEXT NOT NULL CHECK (length(label) <= 500),
    value TEXT,
    shown TEXT CHECK (length(shown) <= 500),
    PRIMARY KEY (submission_id, position, part)
) STRICT, WITHOUT ROWID;

-- `path` is the random name of the file below the folder for uploads.
CREATE TABLE IF NOT EXISTS submission_file (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    submission_id INTEGER NOT NULL REFERENCES submission (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT NOT NULL CHECK (length(name) <= 255),
    label TEXT NOT NULL CHECK (length(label) <= 500),
    filename TEXT NOT NULL CHECK (length(filename) <= 255),
    type TEXT NOT NULL CHECK (length(type) <= 255),
    size INTEGER NOT NULL,
    path TEXT NOT NULL UNIQUE CHECK (length(path) = 32)
) STRICT;
CREATE INDEX IF NOT EXISTS submission_file_of ON submission_file (submission_id, position, id);

-- What was set in the inbox, as site.ini would have it.
CREATE TABLE IF NOT EXISTS form_setting (
    form TEXT NOT NULL CHECK (length(form) BETWEEN 1 AND 191),
    name TEXT NOT NULL CHECK (length(name) <= 64),
    value TEXT NOT NULL CHECK (length(value) <= 8000),
    PRIMARY KEY (form, name)
) STRICT, WITHOUT ROWID;

-- How many mails a day and posts an hour from one sender a form had, and its bytes of files. A period
-- is the second it begins in; 0 is for ever.
CREATE TABLE IF NOT EXISTS form_count (
    form TEXT NOT NULL CHECK (length(form) BETWEEN 1 AND 191),
    what TEXT NOT NULL CHECK (length(what) <= 80),
    period INTEGER NOT NULL,
    number INTEGER NOT NULL CHECK (number >= 0),
    PRIMARY KEY (form, what, period)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS form_count_period ON form_count (period);

-- Addresses are kept as hashes with the salt of their day; when it is gone nobody can tell them.
CREATE TABLE IF NOT EXISTS sender_salt (
    day INTEGER PRIMARY KEY,
    salt TEXT NOT NULL CHECK (length(salt) = 64)
) STRICT;
CREATE TABLE IF NOT EXISTS autoreply_sent (
    address_hash TEXT NOT NULL PRIMARY KEY CHECK (length(address_hash) = 64),
    day INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS autoreply_sent_day ON autoreply_sent (day);
