-- What an entry waits for before everybody can read it. Those that are here have been read already.
-- One statement, so that it cannot break off halfway; and none where it has been done already.
SET @step = IF(
    (SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE()
        AND table_name = 'guestbook_entry' AND column_name = 'state'),
    'DO 0',
    'ALTER TABLE guestbook_entry
        ADD COLUMN state VARCHAR(8) NOT NULL DEFAULT ''approved''
            CHECK (state IN (''approved'', ''waiting'')),
        ADD INDEX guestbook_entry_state (state, id),
        ADD INDEX guestbook_entry_name (name, state)'
);
PREPARE step FROM @step;
EXECUTE step;
DEALLOCATE PREPARE step;
