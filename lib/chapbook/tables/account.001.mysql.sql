-- People. Mail goes to `address`, as it was written; `address_key` is its canonical form, by which
-- an account is found; binary, because any collation would pass over spaces at the end.
-- `password_kind` is method and cost of the hash, so that those in use can be asked for. `totp_step`
-- is the last step of time whose code was used.
CREATE TABLE IF NOT EXISTS account (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    address VARCHAR(254) NOT NULL CHECK (char_length(address) >= 3),
    address_key VARBINARY(254) NOT NULL CHECK (length(address_key) >= 3),
    name VARCHAR(80) NOT NULL CHECK (char_length(name) >= 1),
    role VARCHAR(20) NOT NULL CHECK (role IN ('member', 'editor', 'administrator')),
    state VARCHAR(10) NOT NULL CHECK (state IN ('waiting', 'active', 'disabled')),
    password_hash VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin,
    password_kind VARCHAR(60) CHARACTER SET ascii COLLATE ascii_bin,
    created_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    password_at BIGINT,
    signed_in_at BIGINT,
    totp_secret VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin,
    totp_at BIGINT,
    totp_step BIGINT NOT NULL DEFAULT 0,
    UNIQUE KEY account_address_key (address_key),
    KEY account_role (role, state, id),
    KEY account_password_kind (password_kind),
    CHECK ((password_hash IS NULL) = (password_kind IS NULL)),
    CHECK (totp_at IS NULL OR totp_secret IS NOT NULL)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What was mailed to somebody to prove that they read it; of each the SHA-256 alone. An invitation
-- has no account yet, only the key of an address in `about`.
CREATE TABLE IF NOT EXISTS account_token (
    token_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    purpose VARCHAR(20) NOT NULL,
    account_id BIGINT,
    about VARCHAR(254) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    role VARCHAR(20) NOT NULL,
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    KEY account_token_account (account_id, purpose),
    KEY account_token_about (about, purpose),
    KEY account_token_expires_at (expires_at, token_hash),
    FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS recovery_code (
    account_id BIGINT NOT NULL,
    code_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (account_id, code_hash),
    FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- How much somebody has tried: the name is a keyed hash of what is limited and for whom, free_at
-- when all that was spent will have come back. A row whose free_at has passed means nothing.
CREATE TABLE IF NOT EXISTS throttle (
    name CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    free_at BIGINT NOT NULL,
    KEY throttle_free_at (free_at, name)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Who did what: `actor_id` did it, `account_id` is whom it was about. Accounts that are deleted stay
-- numbers.
CREATE TABLE IF NOT EXISTS security_event (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    happened_at BIGINT NOT NULL,
    what VARCHAR(40) NOT NULL,
    outcome VARCHAR(40) NOT NULL,
    account_id BIGINT,
    actor_id BIGINT,
    request_id VARCHAR(40) NOT NULL,
    network VARCHAR(100) NOT NULL,
    about VARCHAR(200) NOT NULL,
    KEY security_event_account (account_id, id),
    KEY security_event_happened_at (happened_at, id)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
