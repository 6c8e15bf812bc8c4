-- SQLite cannot change a column, so both tables are made anew. Foreign keys are off while steps run.

-- version: a program that has a session in memory can tell whether another one has changed it.
DROP TABLE IF EXISTS sessions_new;
CREATE TABLE sessions_new (
    id           INTEGER PRIMARY KEY AUTOINCREMENT, -- lower is older
    name         TEXT    NOT NULL,
    epoch        TEXT    NOT NULL,           -- another one when a session is made anew under the same name, or restored
    seq          INTEGER NOT NULL DEFAULT 0, -- number of the newest event
    version      INTEGER NOT NULL DEFAULT 0, -- number of commands that have changed it
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
INSERT INTO sessions_new (
    id, name, epoch, seq, stage, step, max_steps, map_rows, map_cols, map_pattern, cells, ruleset_hash, created_at, deleted_at)
SELECT
    id, name, epoch, seq, stage, step, max_steps, map_rows, map_cols, map_pattern, cells, ruleset_hash, created_at, deleted_at
FROM sessions;
DROP TABLE sessions;
ALTER TABLE sessions_new RENAME TO sessions;
CREATE UNIQUE INDEX IF NOT EXISTS sessions_name ON sessions (name) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX IF NOT EXISTS sessions_name_epoch ON sessions (name, epoch);
CREATE INDEX IF NOT EXISTS sessions_deleted ON sessions (deleted_at) WHERE deleted_at IS NOT NULL;

-- One row per command that caused events or carries a key. A refusal with a key may belong to no session.
DROP TABLE IF EXISTS log_new;
CREATE TABLE log_new (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id INTEGER REFERENCES sessions (id),
    epoch      TEXT,
    seq_from   INTEGER,          -- first and last number of the row's events,
    seq_to     INTEGER,          -- both NULL without events
    key        BLOB,             -- SHA-256 of what proves who the client is
    request_id TEXT,             -- the client's name for the command
    hash       BLOB,             -- SHA-256 of the command's type and parameters
    answer     BLOB,             -- what the client was answered
    events     TEXT,             -- JSON array of {"type", "data"}
    at         INTEGER NOT NULL,
    CHECK ((seq_from IS NULL) = (seq_to IS NULL) AND (seq_from IS NULL) = (events IS NULL)),
    CHECK ((key IS NULL) = (request_id IS NULL) AND (key IS NULL) = (hash IS NULL) AND (key IS NULL) = (answer IS NULL)),
    CHECK ((session_id IS NULL) = (epoch IS NULL) AND (session_id IS NOT NULL OR events IS NULL))
) STRICT;
INSERT INTO log_new (id, session_id, epoch, seq_from, seq_to, events, at)
SELECT id, session_id, epoch, seq_from, seq_to, events, at FROM log WHERE events IS NOT NULL;
DROP TABLE log;
ALTER TABLE log_new RENAME TO log;
CREATE UNIQUE INDEX IF NOT EXISTS log_seq ON log (session_id, epoch, seq_from);
CREATE UNIQUE INDEX IF NOT EXISTS log_request ON log (key, request_id) WHERE key IS NOT NULL;

-- Which database this is: a file beside it says the same, unless one of them has been put there from elsewhere.
CREATE TABLE IF NOT EXISTS identity (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    id  TEXT    NOT NULL
) STRICT;
