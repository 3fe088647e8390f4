-- In which time zone somebody reads times (an IANA name), and the file of their picture; empty: the
-- site's, and none. One statement, so that it cannot break off halfway; and none where it has been
-- done already.
SET @step = IF(
    (SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE()
        AND table_name = 'account' AND column_name = 'picture'),
    'DO 0',
    'ALTER TABLE account
        ADD COLUMN timezone VARCHAR(60) CHARACTER SET ascii COLLATE ascii_bin
            NOT NULL DEFAULT '''',
        ADD COLUMN picture VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin
            NOT NULL DEFAULT '''',
        ADD INDEX account_picture (picture)'
);
PREPARE step FROM @step;
EXECUTE step;
DEALLOCATE PREPARE step;
