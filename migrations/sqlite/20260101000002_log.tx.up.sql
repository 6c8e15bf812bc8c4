-- SQLite cannot change a column, so this step creates both tables again. Foreign keys are off during migrations.

-- version: shows a program that has a session in memory if another program has changed the session.
DROP TABLE IF EXISTS sessions_new;
CREATE TABLE sessions_new (
    id           INTEGER PRIMARY KEY AUTOINCREMENT, -- lower is older
    name         TEXT    NOT NULL,
    epoch        TEXT    NOT NULL,           -- changes when the session is deleted and created again, or restored
    seq          INTEGER NOT NULL DEFAULT 0, -- sequence number of the newest event
    version      INTEGER NOT NULL DEFAULT 0, -- number of commands that changed the session
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

-- One row per command that caused events or has a client key. A refusal may belong to no session.
DROP TABLE IF EXISTS log_new;
CREATE TABLE log_new (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id INTEGER REFERENCES sessions (id),
    epoch      TEXT,
    seq_from   INTEGER,          -- first and last sequence number of the row's events,
    seq_to     INTEGER,          -- both NULL without events
    key        BLOB,             -- SHA-256 of the client key
    request_id TEXT,             -- the client's id of the command
    hash       BLOB,             -- SHA-256 of the command's type and parameters
    answer     BLOB,             -- the answer to the client
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

-- Identifies this database. A file next to it has the same content. They differ if somebody copied one of them here.
CREATE TABLE IF NOT EXISTS identity (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    id  TEXT    NOT NULL
) STRICT;
