-- The mark of the restore that filled this database last: it comes with the rows, in one transaction,
-- so that a restore that was interrupted can tell whether it was kept.
CREATE TABLE IF NOT EXISTS restore_mark (
    mark TEXT PRIMARY KEY NOT NULL CHECK (length(mark) = 32),
    restored_at INTEGER NOT NULL
) STRICT;
