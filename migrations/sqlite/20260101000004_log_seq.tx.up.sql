-- A session that gets a new epoch goes on counting, so its numbers are unique without it. Every command adds to this index, at the
-- place of its session: the shorter its entries, the fewer pages a group of commands changes.
DROP INDEX IF EXISTS log_seq;
CREATE UNIQUE INDEX IF NOT EXISTS log_seq ON log (session_id, seq_from);
