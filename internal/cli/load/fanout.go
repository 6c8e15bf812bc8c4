package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	remote "seg.example/gen/client"
	"seg.example/internal/cli/clikit"
)

// sentBufferSize is the number of renames whose sending time is remembered. An event that arrives
// later than that cannot be measured and counts as missed.
const sentBufferSize = 1 << 16

// fanOut is a load with one writer and many listeners.
type fanOut struct {
	*client // the writer

	session           string
	user              int64
	request           int64 // number of the writer's last request
	renames, arrivals *recorder
	first             int64          // seq of the first rename
	last              atomic.Int64   // seq of the last rename that was answered
	sent              []atomic.Int64 // when each rename was sent, at index seq modulo sentBufferSize, in ns since began
	began             time.Time
}

// runFanOut measures how long an event takes to reach all listeners.
func (r *testRun) runFanOut(ctx context.Context) error {
	f := &fanOut{
		session: "LOAD_" + strings.TrimPrefix(r.name, "load-"),
		user:    rand.Int64N(1<<40) + 1<<40, //nolint:gosec // G404: an id that nobody else is likely to use, not a secret
		renames: r.addRecorder("rename"), arrivals: r.addRecorder("arrival"),
		sent: make([]atomic.Int64, sentBufferSize), began: time.Now(),
	}
	if err := f.createSession(ctx, r); err != nil {
		return err
	}
	writer, err := dial(ctx, r.config, r.name+"-writer", f.session)
	if err != nil {
		return errors.Join(clikit.Failed(fmt.Errorf("no connection to %s: %w", r.config.url, err)), f.deleteSession(ctx))
	}
	defer writer.close()
	defer context.AfterFunc(ctx, writer.interrupt)()
	f.client = &client{r, writer, 0, f.renames}
	if err := f.createUser(ctx); err != nil {
		return errors.Join(clikit.Failed(fmt.Errorf("prepare the session %s: %w", f.session, err)), f.deleteSession(ctx))
	}
	var listening sync.WaitGroup
	err = r.connect(ctx, f.session, nil, func(i int, s *socket) {
		listening.Go(func() { f.listen(ctx, i, s) })
	})
	if err != nil {
		return errors.Join(err, f.deleteSession(ctx))
	}
	r.runTimed(ctx, func(due context.Context) {
		if err := f.renameUser(ctx, due); err != nil {
			r.countError(ctx, err)
		}
		// The event of the deletion comes after all others. It tells the listeners that they are
		// done.
		if err := f.deleteSession(ctx); err != nil {
			r.errors.add(errorKind(err), 1)
		}
		listening.Wait()
	})
	return nil
}

// createSession creates the session on a connection of its own, because a client can only subscribe
// to an existing session.
func (f *fanOut) createSession(ctx context.Context, r *testRun) error {
	socket, err := dial(ctx, r.config, r.name+"-begin", "")
	if err != nil {
		return clikit.Failed(clikit.Unreachable(fmt.Errorf("no connection to %s: %w", r.config.url, err), r.config.timeout))
	}
	defer socket.close()
	defer context.AfterFunc(ctx, socket.interrupt)()
	f.client = &client{r, socket, 0, f.renames}
	if err := f.command(ctx, "create-session", field{"session_id", f.session}); err != nil {
		return clikit.Failed(fmt.Errorf("prepare the session %s: %w", f.session, err))
	}
	return nil
}

// createUser creates the user and waits for its event.
func (f *fanOut) createUser(ctx context.Context) error {
	if err := f.command(ctx, "create-user", field{"user_id", f.user}, field{"username", "load"}, field{"session_id", f.session}); err != nil {
		return err
	}
	for {
		frame, err := f.socket.receive()
		if err != nil {
			return err
		}
		if seq, ok := eventSeq(frame, "api-create_user"); ok {
			f.first = seq + 1
			f.last.Store(seq)
			return nil
		}
	}
}

// field is a field of a request.
type field struct {
	name  string
	value any
}

// command sends a request with the password and waits for the answer. An error answer is returned
// as an error.
func (f *fanOut) command(ctx context.Context, typ string, fields ...field) error {
	f.request++
	frame := []byte(`{"type":` + clikit.QuoteJSON(typ) + `,"request_id":` + strconv.FormatInt(f.request, 10) + `,"password":` + clikit.QuoteJSON(f.config.password))
	for _, add := range fields {
		value, err := json.Marshal(add.value)
		if err != nil {
			return err
		}
		frame = append(append(append(append(frame, ','), clikit.QuoteJSON(add.name)...), ':'), value...)
	}
	answer := callExchange{}
	code, err := f.roundTrip(ctx, append(frame, '}'), func(frame []byte) (bool, string) { return answer.answers(frame, f.request) })
	if err == nil && code != "" {
		err = &remote.Error{Code: remote.Code(code), Text: typ + " was refused"}
	}
	return err
}

// deleteSession deletes the session on a connection of its own, because the writer's connection may
// be interrupted.
func (f *fanOut) deleteSession(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	socket, err := dial(ctx, f.config, f.name+"-end", f.session)
	if err != nil {
		return fmt.Errorf("delete the session %s: %w", f.session, err)
	}
	defer socket.close()
	// A copy, because listeners may still use f.
	last := &fanOut{client: &client{f.testRun, socket, 0, f.renames}, request: f.request}
	if err := last.command(ctx, "delete-session", field{"session_id", f.session}, field{"really", true}); err != nil {
		return fmt.Errorf("delete the session %s: %w", f.session, err)
	}
	return nil
}

// renameUser renames the user repeatedly until due ends.
func (f *fanOut) renameUser(ctx, due context.Context) error {
	pace := newPacer(f.config.rate, 1, 0)
	for {
		from, ok := pace.wait(due)
		if !ok {
			return nil
		}
		seq := f.last.Load() + 1
		f.sent[seq%sentBufferSize].Store(int64(from.Sub(f.began)))
		err := f.command(ctx, "update-user", field{"user_id", f.user}, field{"username", "load-" + strconv.FormatInt(seq, 10)})
		if err != nil {
			return err
		}
		f.last.Store(seq)
		f.renames.record(0, time.Since(from))
	}
}

// listen measures the arrivals at one listener until the session is deleted.
func (f *fanOut) listen(ctx context.Context, number int, s *socket) {
	defer f.closeSocket(s)
	next := f.first
	defer func() {
		if missed := f.last.Load() + 1 - next; missed > 0 && ctx.Err() == nil {
			f.errors.add("arrivals missed", int(missed))
		}
	}()
	// A listener may receive nothing during the whole run, and then the time of an answer.
	if err := s.setTimeout(f.config.duration + 3*f.config.timeout); err != nil {
		f.countError(ctx, err)
		return
	}
	defer context.AfterFunc(ctx, s.interrupt)()
	for {
		frame, err := s.receive()
		if err != nil {
			f.countError(ctx, err)
			return
		}
		if seq, ok := eventSeq(frame, "api-update_user"); ok && seq >= next {
			f.arrivals.record(number, time.Since(f.began)-time.Duration(f.sent[seq%sentBufferSize].Load()))
			if seq > next {
				f.errors.add("arrivals missed", int(seq-next))
			}
			next = seq + 1
		}
		if _, ended := eventSeq(frame, "api-session_deleted"); ended {
			return
		}
	}
}

// eventSeq returns the seq of the event in a frame if it has the type typ. It parses only the end
// of the frame, to be fast enough for a thousand listeners.
func eventSeq(frame []byte, typ string) (seq int64, ok bool) {
	rest, ok := bytes.CutPrefix(frame, []byte(`{"type":"`))
	if !ok || !bytes.HasPrefix(rest, []byte(typ+`"`)) {
		return 0, false
	}
	_, number, ok := cutLast(rest, []byte(`,"seq":`))
	if !ok {
		return 0, false
	}
	digits := bytes.IndexFunc(number, func(r rune) bool { return r < '0' || r > '9' })
	if digits < 0 {
		return 0, false
	}
	seq, err := strconv.ParseInt(string(number[:digits]), 10, 64)
	return seq, err == nil
}

// cutLast is like bytes.Cut, but cuts at the last separator.
func cutLast(s, separator []byte) (before, after []byte, found bool) {
	i := bytes.LastIndex(s, separator)
	if i < 0 {
		return s, nil, false
	}
	return s[:i], s[i+len(separator):], true
}
