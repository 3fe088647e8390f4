-- What forms were answered, so that a second click gets the first answer. Swept after [forms] open.
CREATE TABLE IF NOT EXISTS form_answer (
    sent CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    sent_at BIGINT NOT NULL,
    status SMALLINT,
    headers TEXT,
    body MEDIUMBLOB,
    KEY form_answer_sent_at (sent_at, sent)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
