-- People. Mail goes to `address`, as it was written; `address_key` is its canonical form, by which
-- an account is found. `password_kind` is method and cost of the hash, so that those in use can be
-- asked for. `totp_step` is the last step of time whose code was used.
CREATE TABLE IF NOT EXISTS account (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    address TEXT NOT NULL CHECK (length(address) BETWEEN 3 AND 254),
    address_key TEXT NOT NULL UNIQUE CHECK (length(address_key) BETWEEN 3 AND 254),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    role TEXT NOT NULL CHECK (role IN ('member', 'editor', 'administrator')),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'active', 'disabled')),
    password_hash TEXT CHECK (length(password_hash) <= 200),
    password_kind TEXT CHECK (length(password_kind) <= 60),
    created_at INTEGER NOT NULL,
    confirmed_at INTEGER,
    password_at INTEGER,
    signed_in_at INTEGER,
    totp_secret TEXT CHECK (length(totp_secret) <= 64),
    totp_at INTEGER,
    totp_step INTEGER NOT NULL DEFAULT 0,
    CHECK ((password_hash IS NULL) = (password_kind IS NULL)),
    CHECK (totp_at IS NULL OR totp_secret IS NOT NULL)
) STRICT;
CREATE INDEX IF NOT EXISTS account_role ON account (role, state, id);
CREATE INDEX IF NOT EXISTS account_password_kind ON account (password_kind);

-- What was mailed to somebody to prove that they read it; of each the SHA-256 alone. An invitation
-- has no account yet, only the key of an address in `about`.
CREATE TABLE IF NOT EXISTS account_token (
    token_hash TEXT PRIMARY KEY CHECK (length(token_hash) = 64),
    purpose TEXT NOT NULL CHECK (length(purpose) <= 20),
    account_id INTEGER REFERENCES account (id) ON DELETE CASCADE,
    about TEXT NOT NULL CHECK (length(about) <= 254),
    role TEXT NOT NULL CHECK (length(role) <= 20),
    made_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS account_token_account ON account_token (account_id, purpose);
CREATE INDEX IF NOT EXISTS account_token_about ON account_token (about, purpose);
CREATE INDEX IF NOT EXISTS account_token_expires_at ON account_token (expires_at, token_hash);

CREATE TABLE IF NOT EXISTS recovery_code (
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    code_hash TEXT NOT NULL CHECK (length(code_hash) = 64),
    used_at INTEGER,
    PRIMARY KEY (account_id, code_hash)
) STRICT;

-- How much somebody has tried: the name is a keyed hash of what is limited and for whom, free_at
-- when all that was spent will have come back. A row whose free_at has passed means nothing.
CREATE TABLE IF NOT EXISTS throttle (
    name TEXT PRIMARY KEY CHECK (length(name) = 32),
    free_at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS throttle_free_at ON throttle (free_at, name);

-- Who did what: `actor_id` did it, `account_id` is whom it was about. Accounts that are deleted stay
-- numbers.
CREATE TABLE IF NOT EXISTS security_event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    happened_at INTEGER NOT NULL,
    what TEXT NOT NULL CHECK (length(what) <= 40),
    outcome TEXT NOT NULL CHECK (length(outcome) <= 40),
    account_id INTEGER,
    actor_id INTEGER,
    request_id TEXT NOT NULL CHECK (length(request_id) <= 40),
    network TEXT NOT NULL CHECK (length(network) <= 100),
    about TEXT NOT NULL CHECK (length(about) <= 200)
) STRICT;
CREATE INDEX IF NOT EXISTS security_event_account ON security_event (account_id, id);
CREATE INDEX IF NOT EXISTS security_event_happened_at ON security_event (happened_at, id);
