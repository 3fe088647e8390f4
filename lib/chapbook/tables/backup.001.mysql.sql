-- The mark of the restore that filled this database last: it comes with the rows, in one transaction,
-- so that a restore that was interrupted can tell whether it was kept.
CREATE TABLE IF NOT EXISTS restore_mark (
    mark CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    restored_at BIGINT NOT NULL
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
