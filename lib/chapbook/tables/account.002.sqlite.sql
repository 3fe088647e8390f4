-- In which time zone somebody reads times (an IANA name), and the file of their picture; empty: the
-- site's, and none.
ALTER TABLE account ADD COLUMN timezone TEXT NOT NULL DEFAULT ''
    CHECK (length(timezone) <= 60);
ALTER TABLE account ADD COLUMN picture TEXT NOT NULL DEFAULT '' CHECK (length(picture) <= 40);
CREATE INDEX IF NOT EXISTS account_picture ON account (picture);
