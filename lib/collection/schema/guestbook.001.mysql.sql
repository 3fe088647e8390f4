-- InnoDB remembers the last id: that of a deleted entry is never given again.
CREATE TABLE IF NOT EXISTS guestbook_entry (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name VARCHAR(80) NOT NULL CHECK (char_length(name) >= 1),
    place VARCHAR(80) CHECK (char_length(place) >= 1),
    message VARCHAR(4000) NOT NULL CHECK (char_length(message) >= 1),
    signed_at BIGINT NOT NULL
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
