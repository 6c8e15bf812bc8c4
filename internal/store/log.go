package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"
)

// logRow is a row of the table log. Its columns for commands with a key stay
// NULL until such commands exist.
type logRow struct {
	bun.BaseModel `bun:"table:log,alias:l"`

	ID        int64  `bun:"id,pk,autoincrement"`
	SessionID int64  `bun:"session_id"`
	Epoch     string `bun:"epoch"`
	SeqFrom   int64  `bun:"seq_from"`
	SeqTo     int64  `bun:"seq_to"`
	Events    string `bun:"events"`
	At        int64  `bun:"at"`
}

// loggedEvent is the form of an event in the column events.
type loggedEvent struct {
	Type string          `json:"type"`
	Data json.RawMessage `json:"data"`
}

// appendLog writes the row of a command. One without events leaves none.
func appendLog(ctx context.Context, tx bun.Tx, session int64, c Commit) error {
	if len(c.Events) == 0 {
		return nil
	}
	events, err := encodeLog(c.Events)
	if err != nil {
		return fmt.Errorf("encode log: %w", err)
	}
	row := &logRow{
		SessionID: session, Epoch: c.Epoch,
		SeqFrom: c.FirstSeq, SeqTo: c.FirstSeq + int64(len(c.Events)) - 1,
		Events: events, At: c.Time,
	}
	if _, err := tx.NewInsert().Model(row).Exec(ctx); err != nil {
		return fmt.Errorf("append to log: %w", err)
	}
	return nil
}

// encodeLog keeps the data of events as they are sent, byte for byte: they come
// compact, and nothing is escaped that was not.
func encodeLog(events []Event) (string, error) {
	logged := make([]loggedEvent, len(events))
	for i, e := range events {
		logged[i] = loggedEvent{Type: e.Type, Data: e.Data}
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(logged); err != nil {
		return "", err
	}
	return string(bytes.TrimSuffix(buf.Bytes(), []byte("\n"))), nil
}
