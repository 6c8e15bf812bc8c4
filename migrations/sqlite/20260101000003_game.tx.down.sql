-- This loses the companies with everything they own, and the timers.
UPDATE users SET company_id = 0;
DELETE FROM owners WHERE kind <> 'user';
DROP INDEX IF EXISTS users_company;
DROP TABLE IF EXISTS offers;
DROP TABLE IF EXISTS factories;
DROP TABLE IF EXISTS deposits;
DROP TABLE IF EXISTS credits;
DROP TABLE IF EXISTS companies;
DROP TABLE IF EXISTS ids;

DROP TABLE IF EXISTS sessions_old;
CREATE TABLE sessions_old (
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
INSERT INTO sessions_old (
    id, name, epoch, seq, version, stage, step, max_steps, map_rows, map_cols, map_pattern, cells, ruleset_hash, created_at, deleted_at)
SELECT
    id, name, epoch, seq, version, stage, step, max_steps, map_rows, map_cols, map_pattern, cells, ruleset_hash, created_at, deleted_at
FROM sessions;
DROP TABLE sessions;
ALTER TABLE sessions_old RENAME TO sessions;
CREATE UNIQUE INDEX IF NOT EXISTS sessions_name ON sessions (name) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX IF NOT EXISTS sessions_name_epoch ON sessions (name, epoch);
CREATE INDEX IF NOT EXISTS sessions_deleted ON sessions (deleted_at) WHERE deleted_at IS NOT NULL;
