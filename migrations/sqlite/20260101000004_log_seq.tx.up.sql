-- Sequence numbers continue in a new epoch, so they are unique without it. Every command adds an entry to this index: shorter
-- entries mean fewer changed pages per group of commands.
DROP INDEX IF EXISTS log_seq;
CREATE UNIQUE INDEX IF NOT EXISTS log_seq ON log (session_id, seq_from);
