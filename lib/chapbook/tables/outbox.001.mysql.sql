-- Mail to be sent, each row to one address. A worker claims a row by writing its mark into `claim`
-- and the end of its lease into due_at: one that dies leaves a row that is simply due again.
CREATE TABLE IF NOT EXISTS outbox (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    about VARCHAR(80) NOT NULL,
    message_id VARCHAR(300) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    recipient VARCHAR(254) NOT NULL CHECK (char_length(recipient) >= 3),
    reply_to VARCHAR(254) CHECK (char_length(reply_to) >= 3),
    subject VARCHAR(250) NOT NULL,
    body MEDIUMTEXT NOT NULL,
    state VARCHAR(10) NOT NULL CHECK (state IN ('held', 'waiting', 'sent', 'failed')),
    written_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    claim VARCHAR(40),
    tries INT NOT NULL DEFAULT 0,
    first_tried_at BIGINT,
    sent_at BIGINT,
    last_error VARCHAR(1000),
    UNIQUE KEY outbox_message_id (message_id),
    KEY outbox_due (state, due_at, id),
    KEY outbox_about (about, id)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- When ./chapbook cron was last here; 0 where it has not been yet.
CREATE TABLE IF NOT EXISTS cron_seen (
    job VARCHAR(40) NOT NULL PRIMARY KEY,
    seen_at BIGINT NOT NULL
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
INSERT IGNORE INTO cron_seen (job, seen_at) VALUES ('cron', 0);
