-- What visitors have sent by forms in static pages, and what is needed to keep spam out.
-- InnoDB remembers the last id: that of a deleted submission is never given again.
CREATE TABLE IF NOT EXISTS submission (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    form VARCHAR(191) COLLATE utf8mb4_bin NOT NULL CHECK (char_length(form) >= 1),
    received_at BIGINT NOT NULL,
    state VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'new'
        CHECK (state IN ('new', 'read')),
    spam TINYINT NOT NULL DEFAULT 0 CHECK (spam IN (0, 1)),
    reasons VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    notes VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    summary VARCHAR(200) NOT NULL,
    reply_to VARCHAR(254) CHECK (char_length(reply_to) >= 3),
    repeats INT NOT NULL DEFAULT 0,
    content_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    repeat_key CHAR(64) CHARACTER SET ascii COLLATE ascii_bin,
    UNIQUE KEY submission_repeat_key (repeat_key),
    KEY submission_form (form, spam, state, id),
    KEY submission_content (form, content_hash, received_at),
    KEY submission_received_at (received_at, id)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- A field that may have several values has a row for each; one left empty has a row with NULL.
CREATE TABLE IF NOT EXISTS submission_value (
    submission_id BIGINT NOT NULL,
    position INT NOT NULL,
    part INT NOT NULL,
    name VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
    label VARCHAR(500) NOT NULL,
    value MEDIUMTEXT,
    shown VARCHAR(500),
    PRIMARY KEY (submission_id, position, part),
    FOREIGN KEY (submission_id) REFERENCES submission (id) ON DELETE CASCADE
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- `path` is the random name of the file below the folder for uploads.
CREATE TABLE IF NOT EXISTS submission_file (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    submission_id BIGINT NOT NULL,
    position INT NOT NULL,
    name VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
    label VARCHAR(500) NOT NULL,
    filename VARCHAR(255) NOT NULL,
    type VARCHAR(255) CHARACTER SET ascii NOT NULL,
    size BIGINT NOT NULL,
    path CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    UNIQUE KEY submission_file_path (path),
    KEY submission_file_of (submission_id, position, id),
    FOREIGN KEY (submission_id) REFERENCES submission (id) ON DELETE CASCADE
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- What was set in the inbox, as site.ini would have it.
CREATE TABLE IF NOT EXISTS form_setting (
    form VARCHAR(191) COLLATE utf8mb4_bin NOT NULL CHECK (char_length(form) >= 1),
    name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    value VARCHAR(8000) NOT NULL,
    PRIMARY KEY (form, name)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- How many mails a day and posts an hour from one sender a form had, and its bytes of files. A period
-- is the second it begins in; 0 is for ever.
CREATE TABLE IF NOT EXISTS form_count (
    form VARCHAR(191) COLLATE utf8mb4_bin NOT NULL CHECK (char_length(form) >= 1),
    what VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    period BIGINT NOT NULL,
    number BIGINT NOT NULL CHECK (number >= 0),
    PRIMARY KEY (form, what, period),
    KEY form_count_period (period)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Addresses are kept as hashes with the salt of their day; when it is gone nobody can tell them.
CREATE TABLE IF NOT EXISTS sender_salt (
    day BIGINT NOT NULL PRIMARY KEY,
    salt CHAR(64) NOT NULL
) ENGINE=InnoDB CHARACTER SET ascii COLLATE ascii_bin;
CREATE TABLE IF NOT EXISTS autoreply_sent (
    address_hash CHAR(64) NOT NULL PRIMARY KEY,
    day BIGINT NOT NULL,
    KEY autoreply_sent_day (day)
) ENGINE=InnoDB CHARACTER SET ascii COLLATE ascii_bin;
