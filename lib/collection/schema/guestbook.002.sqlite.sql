-- What an entry waits for before everybody can read it. Those that are here have been read already.
ALTER TABLE guestbook_entry ADD COLUMN state TEXT NOT NULL DEFAULT 'approved'
    CHECK (state IN ('approved', 'waiting'));
CREATE INDEX IF NOT EXISTS guestbook_entry_state ON guestbook_entry (state, id);
CREATE INDEX IF NOT EXISTS guestbook_entry_name ON guestbook_entry (name, state);
