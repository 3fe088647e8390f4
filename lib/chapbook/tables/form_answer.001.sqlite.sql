-- What forms were answered, so that a second click gets the first answer. Swept after [forms] open.
CREATE TABLE IF NOT EXISTS form_answer (
    sent TEXT PRIMARY KEY NOT NULL CHECK (length(sent) = 32),
    sent_at INTEGER NOT NULL,
    status INTEGER,
    headers TEXT,
    body BLOB
) STRICT;
CREATE INDEX IF NOT EXISTS form_answer_sent_at ON form_answer (sent_at, sent);
