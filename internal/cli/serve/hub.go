package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/internal/game"
	"seg.example/internal/handler"
	"seg.example/internal/hub"
	"seg.example/internal/store"
	"seg.example/internal/ws"
)

// newHub returns a hub that reads missed events from events.
func newHub(events hub.Log, log *slog.Logger) *hub.Hub {
	return hub.New(hub.Options{
		Log: events,
		Frame: func(session string, e hub.Event, prev int64) []byte {
			stamp := route.Stamp{Seq: e.Seq, SessionID: session, Time: e.Time, PrevSeq: prev}
			return ws.TextFrame(route.BroadcastFrame(e.Type, e.Data, stamp))
		},
		Text:       ws.TextFrame,
		Conflation: handler.Conflation{},
		OnError: func(err error) {
			log.Error("cannot read the event log to catch a client up; closing its connection", "error", err)
		},
	})
}

// hubCommit converts a commit of the store to one of the hub.
func hubCommit(c store.Commit) hub.Commit {
	events := make([]hub.Event, len(c.Events))
	for i, e := range c.Events {
		events[i] = hub.Event{Type: e.Type, Data: e.Data, Seq: c.FirstSeq + int64(i), Time: c.Time}
	}
	return hub.Commit{Session: c.Session, Epoch: c.Epoch, Origin: c.Origin, Answer: c.Answer, Events: events}
}

// eventLog adapts the store to hub.Log. The hub is created first, because the store publishes its commits to it. db is set before
// the server listens.
type eventLog struct{ db *store.Store }

// Since is part of hub.Log.
func (l *eventLog) Since(ctx context.Context, session string, p hub.Position, limit int) (hub.Missed, error) {
	m, err := l.db.Events(ctx, session, store.Position{Epoch: p.Epoch, After: p.After}, limit)
	if refusal, ok := errors.AsType[*game.Refusal](err); ok && refusal.Code == game.CodeNotFound {
		return hub.Missed{}, fmt.Errorf("%w: %s", hub.ErrNoSession, session)
	}
	if err != nil {
		return hub.Missed{}, err
	}
	missed := hub.Missed{Epoch: m.Epoch, LastSeq: m.LastSeq, Reason: wire.WelcomeReason(m.Reason), Events: make([]hub.Event, len(m.Events))}
	for i, e := range m.Events {
		missed.Events[i] = hub.Event{Type: e.Type, Data: e.Data, Seq: e.Seq, Time: e.Time}
	}
	return missed, nil
}
