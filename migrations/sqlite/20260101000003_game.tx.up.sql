-- A step may run twice, and SQLite refuses to add a column twice. So this step creates the table again.
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
    seed         INTEGER NOT NULL, -- random seed of the map
    cells        TEXT    NOT NULL, -- JSON array of cell types
    ruleset_hash TEXT    NOT NULL REFERENCES rulesets (hash),
    deadline     INTEGER,          -- when the timer advances the session; NULL: never
    created_at   INTEGER NOT NULL,
    deleted_at   INTEGER
) STRICT;
INSERT INTO sessions_new (
    id, name, epoch, seq, version, stage, step, max_steps, map_rows, map_cols, map_pattern, seed, cells, ruleset_hash, created_at, deleted_at)
SELECT
    id, name, epoch, seq, version, stage, step, max_steps, map_rows, map_cols, map_pattern, abs(random() % 2147483647), cells,
    ruleset_hash, created_at, deleted_at
FROM sessions;
DROP TABLE sessions;
ALTER TABLE sessions_new RENAME TO sessions;
CREATE UNIQUE INDEX IF NOT EXISTS sessions_name ON sessions (name) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX IF NOT EXISTS sessions_name_epoch ON sessions (name, epoch);
CREATE INDEX IF NOT EXISTS sessions_deleted ON sessions (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS sessions_deadline ON sessions (deadline) WHERE deadline IS NOT NULL;

-- Ids are reserved in blocks: all ids up to last are reserved. No id is used twice, also after its row has been deleted, so the ids of
-- each table below are unique on the server.
CREATE TABLE IF NOT EXISTS ids (
    kind TEXT    NOT NULL PRIMARY KEY, -- 'company', 'factory', 'offer', 'credit', 'deposit'
    last INTEGER NOT NULL
) STRICT;

-- Money, goods and reputation are whole units.
CREATE TABLE IF NOT EXISTS companies (
    id               INTEGER NOT NULL PRIMARY KEY, -- lower is older within a session
    session_id       INTEGER NOT NULL REFERENCES sessions (id),
    name             TEXT    NOT NULL,
    owner_id         INTEGER NOT NULL, -- user; 0: the company has no users
    secret_code      INTEGER NOT NULL, -- code for joining; unique among the sessions that have not ended: see owners
    balance          INTEGER NOT NULL,
    reputation       INTEGER NOT NULL,
    cell             INTEGER NOT NULL, -- index in the session's cells; -1: none
    level_warehouse  INTEGER NOT NULL,
    level_contracts  INTEGER NOT NULL,
    level_station    INTEGER NOT NULL,
    level_factory    INTEGER NOT NULL,
    tax_debt         INTEGER NOT NULL,
    overdue_steps    INTEGER NOT NULL,
    last_turn_income INTEGER NOT NULL,
    this_turn_income INTEGER NOT NULL,
    business         TEXT    NOT NULL, -- 'small', 'big'
    prison_end_step  INTEGER NOT NULL, -- 0: it is not in prison
    written_off      INTEGER NOT NULL,
    goods            TEXT    NOT NULL, -- JSON object: units by resource, none of 0
    factories_count  INTEGER NOT NULL, -- number of its rows in factories
    UNIQUE (session_id, name)
) STRICT;
CREATE INDEX IF NOT EXISTS companies_name ON companies (name);

CREATE TABLE IF NOT EXISTS credits (
    id           INTEGER NOT NULL PRIMARY KEY, -- lower is older within a company
    company_id   INTEGER NOT NULL REFERENCES companies (id),
    amount       INTEGER NOT NULL,
    total_to_pay INTEGER NOT NULL,
    need_pay     INTEGER NOT NULL,
    paid         INTEGER NOT NULL,
    steps_total  INTEGER NOT NULL,
    steps_now    INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS credits_company ON credits (company_id);

CREATE TABLE IF NOT EXISTS deposits (
    id                INTEGER NOT NULL PRIMARY KEY, -- lower is older within a company
    company_id        INTEGER NOT NULL REFERENCES companies (id),
    initial_sum       INTEGER NOT NULL,
    current_balance   INTEGER NOT NULL,
    income_per_turn   INTEGER NOT NULL,
    total_earned      INTEGER NOT NULL,
    steps_total       INTEGER NOT NULL,
    steps_now         INTEGER NOT NULL,
    can_withdraw_from INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS deposits_company ON deposits (company_id);

CREATE TABLE IF NOT EXISTS factories (
    id         INTEGER NOT NULL PRIMARY KEY, -- lower is older within a session
    company_id INTEGER NOT NULL REFERENCES companies (id),
    kit        TEXT    NOT NULL, -- present kit, or the kit that it is being refitted for; '': none
    fitted     TEXT    NOT NULL, -- last completed kit; '': none
    refit      INTEGER NOT NULL, -- remaining turns of refitting
    produce    INTEGER NOT NULL CHECK (produce IN (0, 1)),
    auto       INTEGER NOT NULL CHECK (auto IN (0, 1)),
    done       INTEGER NOT NULL, -- completed turns of the current production
    needed     INTEGER NOT NULL, -- turns that the current production takes; 0: none
    produced   INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS factories_company ON factories (company_id);

CREATE TABLE IF NOT EXISTS offers (
    id              INTEGER NOT NULL PRIMARY KEY, -- lower is older within a session
    session_id      INTEGER NOT NULL REFERENCES sessions (id),
    company_id      INTEGER NOT NULL REFERENCES companies (id),
    resource        TEXT    NOT NULL,
    per_trade       INTEGER NOT NULL,
    trades          INTEGER NOT NULL, -- number of trades left
    type            TEXT    NOT NULL, -- 'money', 'barter'
    price           INTEGER NOT NULL, -- 0 in a barter
    barter_resource TEXT    NOT NULL, -- '' in a sale for money
    barter_amount   INTEGER NOT NULL  -- 0 in a sale for money
) STRICT;
CREATE INDEX IF NOT EXISTS offers_session ON offers (session_id);
CREATE INDEX IF NOT EXISTS offers_company ON offers (company_id);
CREATE INDEX IF NOT EXISTS users_company ON users (company_id) WHERE company_id <> 0;
