-- This loses the answers to commands, so a command that a client sends again is executed again.
DROP TABLE IF EXISTS identity;

DROP TABLE IF EXISTS sessions_old;
CREATE TABLE sessions_old (
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
INSERT INTO sessions_old (
    id, name, epoch, seq, stage, step, max_steps, map_rows, map_cols, map_pattern, cells, ruleset_hash, created_at, deleted_at)
SELECT
    id, name, epoch, seq, stage, step, max_steps, map_rows, map_cols, map_pattern, cells, ruleset_hash, created_at, deleted_at
FROM sessions;
DROP TABLE sessions;
ALTER TABLE sessions_old RENAME TO sessions;
CREATE UNIQUE INDEX IF NOT EXISTS sessions_name ON sessions (name) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX IF NOT EXISTS sessions_name_epoch ON sessions (name, epoch);

DROP TABLE IF EXISTS log_old;
CREATE TABLE log_old (
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
INSERT INTO log_old (id, session_id, epoch, seq_from, seq_to, events, at)
SELECT id, session_id, epoch, seq_from, seq_to, events, at FROM log WHERE events IS NOT NULL;
DROP TABLE log;
ALTER TABLE log_old RENAME TO log;
CREATE UNIQUE INDEX IF NOT EXISTS log_seq ON log (session_id, epoch, seq_from);
CREATE UNIQUE INDEX IF NOT EXISTS log_request ON log (key, request_id) WHERE key IS NOT NULL;
