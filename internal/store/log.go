package store

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

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
	args = append(args, key, request.ID, request.Hash[:], answer)
	err := b.one(insertRequest, args...)
	if isUnique(err) {
		// One that is too old to count may still be there. To look for it first would cost every command what few need.
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

// The form of events in the log is JSON, put together by hand, since it is made for each command and read for each client that
// comes back: [{"type":TYPE,"data":DATA},...] without white space, a type without anything to escape, the data as it is sent.
const (
	openEvent = `{"type":"`
	openData  = `","data":`
)

// encodeLog gives events the form in which they are logged. It looks at data only as far as it must to find its end again: a turn
// may cause thousands of events, and that they are JSON is what Options.Encode promises.
func encodeLog(events []Event) (string, error) {
	size := 2
	for _, e := range events {
		size += len(openEvent) + len(e.Type) + len(openData) + len(e.Data) + 2
	}
	var text strings.Builder
	text.Grow(size)
	text.WriteByte('[')
	var names []string // types that have been found to be some: there are few
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
	size, _ := valueEnd(rest)
	if size >= len(rest) || rest[size] != '}' {
		return e, -1
	}
	return Event{Type: string(typ), Data: rest[:size:size]}, len(text) - len(rest) + size + 1
}

// valueEnd returns where the JSON value at the beginning of text ends, and whether every bracket and string of it has its end.
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

// stringEnd returns where a JSON string ends whose opening quote stands before text, behind its closing one; -1 if it does not end.
func stringEnd(text []byte) int {
	for end := 0; ; {
		quote := bytes.IndexByte(text[end:], '"')
		if quote < 0 {
			return -1
		}
		end += quote + 1
		// A quote behind an odd number of backslashes is a character of the string.
		escapes := 0
		for at := end - 2; at >= 0 && text[at] == '\\'; at-- {
			escapes++
		}
		if escapes%2 == 0 {
			return end
		}
	}
}
