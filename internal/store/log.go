package store

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"seg.example/internal/game"
)

// logRow is a row of the table log without the columns of a request.
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

// appendLog writes row and the answer to request, if any. It returns errTwin if that request has a
// row.
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
	args = append(args, key, request.ID, request.Hash[:], answer)
	err := b.one(insertRequest, args...)
	if isUnique(err) {
		// An expired row of the request may still exist. Searching for it first would slow down
		// every command.
		forgot, forgetErr := b.count(forgetRequest, key, request.ID, row.at-s.o.Keep.Answers.Milliseconds())
		if forgetErr != nil {
			return fmt.Errorf("append to log: %w", forgetErr)
		}
		if forgot == 0 {
			return errTwin
		}
		err = b.one(insertRequest, args...)
	}
	if err != nil {
		return fmt.Errorf("append to log: %w", err)
	}
	return nil
}

// Events are logged as JSON: [{"type":TYPE,"data":DATA},...] without white space. A type has no
// character to escape, and data is stored as it is sent. The code below is faster than
// encoding/json; it runs for each command and each client that resumes.
const (
	openEvent = `{"type":"`
	openData  = `","data":`
)

// encodeLog encodes events for the log. It reads data only as far as decodeLog needs to find its
// end: a turn may have thousands of events, and Options.Encode promises valid JSON.
func encodeLog(events []Event) (string, error) {
	size := 2
	for _, e := range events {
		size += len(openEvent) + len(e.Type) + len(openData) + len(e.Data) + 2
	}
	var text strings.Builder
	text.Grow(size)
	text.WriteByte('[')
	var names []string // types that were checked; there are few
	for i, e := range events {
		if !slices.Contains(names, e.Type) {
			if !plain(e.Type) {
				return "", fmt.Errorf("event %d has a type that is no name", i)
			}
			names = append(names, e.Type)
		}
		if end, closed := valueEnd(e.Data); end == 0 || end < len(e.Data) || !closed {
			return "", fmt.Errorf("event %d (%s) is not JSON", i, e.Type)
		}
		if i > 0 {
			text.WriteByte(',')
		}
		text.WriteString(openEvent)
		text.WriteString(e.Type)
		text.WriteString(openData)
		text.Write(e.Data)
		text.WriteByte('}')
	}
	text.WriteByte(']')
	return text.String(), nil
}

// plain reports whether a string needs no escaping in JSON.
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

// cutEvent decodes the event at the start of text, after a bracket or a comma, and returns its end,
// or -1 if there is none.
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
	size, _ := valueEnd(rest)
	if size >= len(rest) || rest[size] != '}' {
		return e, -1
	}
	return Event{Type: string(typ), Data: rest[:size:size]}, len(text) - len(rest) + size + 1
}

// valueEnd returns the end of the JSON value at the start of text, and whether its brackets and
// strings are balanced.
func valueEnd(text []byte) (end int, closed bool) {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			size := stringEnd(text[i+1:])
			if size < 0 {
				return len(text), false
			}
			i += size
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i, true
			}
			depth--
		case ',':
			if depth == 0 {
				return i, true
			}
		}
	}
	return len(text), depth == 0
}

// stringEnd returns the end of a JSON string whose opening quote precedes text, after its closing
// quote, or -1.
func stringEnd(text []byte) int {
	for end := 0; ; {
		quote := bytes.IndexByte(text[end:], '"')
		if quote < 0 {
			return -1
		}
		end += quote + 1
		// A quote after an odd number of backslashes is part of the string.
		escapes := 0
		for at := end - 2; at >= 0 && text[at] == '\\'; at-- {
			escapes++
		}
		if escapes%2 == 0 {
			return end
		}
	}
}
