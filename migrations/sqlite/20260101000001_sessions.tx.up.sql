-- Times are milliseconds since the epoch, UTC.

-- Each ruleset document once, also if many sessions use it.
CREATE TABLE IF NOT EXISTS rulesets (
    hash     TEXT NOT NULL PRIMARY KEY, -- SHA-256 of document, hexadecimal
    name     TEXT NOT NULL,
    document TEXT NOT NULL
) STRICT;

-- A deleted session stays as a tombstone that its log refers to. Its name is free again.
CREATE TABLE IF NOT EXISTS sessions (
    id           INTEGER PRIMARY KEY AUTOINCREMENT, -- lower is older
    name         TEXT    NOT NULL,
    epoch        TEXT    NOT NULL,           -- changes when the session is deleted and created again
    seq          INTEGER NOT NULL DEFAULT 0, -- sequence number of the newest event
    stage        TEXT    NOT NULL,
    step         INTEGER NOT NULL,
    max_steps    INTEGER NOT NULL,
    map_rows     INTEGER NOT NULL,
    map_cols     INTEGER NOT NULL,
    map_pattern  TEXT    NOT NULL,
    cells        TEXT    NOT NULL, -- JSON array of cell types
    ruleset_hash TEXT    NOT NULL REFERENCES rulesets (hash),
    created_at   INTEGER NOT NULL,
    deleted_at   INTEGER
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS sessions_name ON sessions (name) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX IF NOT EXISTS sessions_name_epoch ON sessions (name, epoch);

CREATE TABLE IF NOT EXISTS users (
    session_id INTEGER NOT NULL REFERENCES sessions (id),
    id         INTEGER NOT NULL,
    username   TEXT    NOT NULL,
    company_id INTEGER NOT NULL DEFAULT 0, -- 0: none
    PRIMARY KEY (session_id, id),
    UNIQUE (username, session_id) -- in this order, so that the index also finds a name alone
) STRICT;
CREATE INDEX IF NOT EXISTS users_id ON users (id);

-- Values that are unique on the whole server, and the sessions that own them. A command locks only its own
-- session, so this table prevents that two sessions get the same value.
CREATE TABLE IF NOT EXISTS owners (
    kind       TEXT    NOT NULL, -- 'user'
    id         INTEGER NOT NULL,
    session_id INTEGER NOT NULL REFERENCES sessions (id),
    PRIMARY KEY (kind, id)
) STRICT;
CREATE INDEX IF NOT EXISTS owners_session ON owners (session_id);

-- One row per command that caused events or has a client key. Rows are only added.
CREATE TABLE IF NOT EXISTS log (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id INTEGER NOT NULL REFERENCES sessions (id),
    epoch      TEXT    NOT NULL,
    seq_from   INTEGER,          -- first and last sequence number of the row's events,
    seq_to     INTEGER,          -- both NULL without events
    key        BLOB,             -- client key
    request_id TEXT,             -- the client's id of the command
    hash       BLOB,             -- of the command's parameters
    answer     BLOB,             -- the answer to the client
    events     TEXT,             -- JSON array of {"type", "data"}
    at         INTEGER NOT NULL,
    CHECK ((seq_from IS NULL) = (seq_to IS NULL) AND (seq_from IS NULL) = (events IS NULL))
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS log_seq ON log (session_id, epoch, seq_from);
CREATE UNIQUE INDEX IF NOT EXISTS log_request ON log (key, request_id) WHERE key IS NOT NULL;
