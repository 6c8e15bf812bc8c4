package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"seg.example/internal/game"
)

// logRow is a row of the table log but for its columns of a request.
type logRow struct {
	session  int64 // 0: none
	epoch    string
	from, to int64 // numbers of its events; 0 without events
	events   string
	at       int64
}

const (
	insertLog = "INSERT INTO log (session_id, epoch, seq_from, seq_to, events, at) VALUES (?, ?, ?, ?, ?, ?)"

	insertRequest = `INSERT INTO log (session_id, epoch, seq_from, seq_to, events, at, key, request_id, hash, answer)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

	forgetRequest = `UPDATE log SET key = NULL, request_id = NULL, hash = NULL, answer = NULL
	WHERE key = ? AND request_id = ? AND at < ?`
)

// appendLog writes row, with the answer to request if there is one. It is errTwin when that request has a row already.
func (s *Store) appendLog(b *batch, row logRow, request game.Request, answer []byte) error {
	args := []any{nil, nil, nil, nil, nil, row.at}
	if row.session != 0 {
		args[0], args[1] = row.session, row.epoch
	}
	if row.from != 0 {
		args[2], args[3], args[4] = row.from, row.to, row.events
	}
	if request.Key == "" {
		if err := b.one(insertLog, args...); err != nil {
			return fmt.Errorf("append to log: %w", err)
		}
		return nil
	}
	key := identityOf(request)
	if _, err := b.exec(forgetRequest, key, request.ID, row.at-s.o.Keep.Answers.Milliseconds()); err != nil {
		return fmt.Errorf("append to log: %w", err)
	}
	err := b.one(insertRequest, append(args, key, request.ID, request.Hash[:], answer)...)
	if isUnique(err) {
		return errTwin
	}
	if err != nil {
		return fmt.Errorf("append to log: %w", err)
	}
	return nil
}

// The form of events in the log is JSON, put together by hand, since it is made for each command and read for each client that
// comes back: [{"type":TYPE,"data":DATA},...] without white space, a type without anything to escape, the data as it is sent.
const (
	openEvent = `{"type":"`
	openData  = `","data":`
)

// encodeLog gives events the form in which they are logged.
func encodeLog(events []Event) (string, error) {
	size := 2
	for _, e := range events {
		size += len(openEvent) + len(e.Type) + len(openData) + len(e.Data) + 2
	}
	buf := append(make([]byte, 0, size), '[')
	for i, e := range events {
		if !plain(e.Type) {
			return "", fmt.Errorf("event %d has a type that is no name", i)
		}
		if !json.Valid(e.Data) {
			return "", fmt.Errorf("event %d (%s) is not JSON", i, e.Type)
		}
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = append(append(buf, openEvent...), e.Type...)
		buf = append(append(buf, openData...), e.Data...)
		buf = append(buf, '}')
	}
	return string(append(buf, ']')), nil
}

// plain tells whether a string stands for itself in JSON.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= 0x7f {
			return false
		}
	}
	return s != ""
}

var errLog = errors.New("the log holds what was never written to it")

// decodeLog is the inverse of encodeLog. The events share memory with text.
func decodeLog(text []byte, add func(Event)) error {
	for rest := text; string(rest) != "]" || len(text) == 1; {
		e, end := cutEvent(rest)
		if end < 0 {
			return errLog
		}
		add(e)
		rest = rest[end:]
	}
	return nil
}

// cutEvent reads the event at the beginning of text, behind a bracket or a comma, and returns where it ends, -1 if there is none.
func cutEvent(text []byte) (e Event, end int) {
	if len(text) == 0 {
		return e, -1
	}
	rest, ok := bytes.CutPrefix(text[1:], []byte(openEvent))
	if !ok {
		return e, -1
	}
	typ, rest, ok := bytes.Cut(rest, []byte(openData))
	if !ok {
		return e, -1
	}
	size := valueEnd(rest)
	if size >= len(rest) || rest[size] != '}' {
		return e, -1
	}
	return Event{Type: string(typ), Data: rest[:size:size]}, len(text) - len(rest) + size + 1
}

// valueEnd returns where the JSON value at the beginning of text ends, which is known to be one.
func valueEnd(text []byte) int {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
			if c == '\\' {
				i++
			}
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']' || c == ',':
			if depth == 0 {
				return i
			}
			if c != ',' {
				depth--
			}
		}
	}
	return len(text)
}
