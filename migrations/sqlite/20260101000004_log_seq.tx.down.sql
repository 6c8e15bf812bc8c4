DROP INDEX IF EXISTS log_seq;
CREATE UNIQUE INDEX IF NOT EXISTS log_seq ON log (session_id, epoch, seq_from);
