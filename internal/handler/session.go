package handler

import (
	"context"
	"time"

	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/internal/game"
)

// sessions serves the requests about sessions.
type sessions struct {
	store    Store
	rulesets Rulesets
	cells    CellNotation
	now      func() time.Time
}

// GetSessions lists sessions, the oldest first.
func (h sessions) GetSessions(ctx context.Context, _ route.Caller, m *wire.GetSessions) (wire.SessionList, error) {
	found, err := h.store.Sessions(ctx, game.SessionFilter{Stage: optionalStage(m.Stage)})
	if err != nil {
		return nil, err
	}
	list := make(wire.SessionList, len(found))
	for i := range found {
		list[i] = sessionToWire(&found[i])
	}
	return list, nil
}

// GetSession finds the oldest session.
func (h sessions) GetSession(ctx context.Context, _ route.Caller, m *wire.GetSession) (*wire.Session, error) {
	found, err := h.store.Sessions(ctx, game.SessionFilter{ID: optional(m.SessionID), Stage: optionalStage(m.Stage), Limit: 1})
	return firstOf(found, sessionToWire), err
}

// maxIDAttempts is the number of random ids that are tried for a session without an id. There are 36^8
// ids, so even a second attempt is rare.
const maxIDAttempts = 3

// CreateSession makes a session.
func (h sessions) CreateSession(ctx context.Context, c route.Caller, m *wire.CreateSession) (*wire.CreateSessionAnswer, error) {
	rules, err := h.rulesets.Find(m.Ruleset.Or(""))
	if err != nil {
		return nil, err
	}
	var answer *wire.CreateSessionAnswer
	for range maxIDAttempts {
		answer, err = h.create(ctx, c, m, rules)
		if m.SessionID.Set || !isConflict(err) {
			break
		}
	}
	return answer, err
}

func (h sessions) create(
	ctx context.Context, c route.Caller, m *wire.CreateSession, rules *game.Ruleset,
) (*wire.CreateSessionAnswer, error) {
	var (
		answer wire.CreateSessionAnswer
		frame  []byte
	)
	err := h.store.Create(ctx, command(ctx, c, ""), func(env game.Env) (*game.Session, game.Outcome, error) {
		o := game.NewSessionOptions{ID: m.SessionID.Or(""), MaxSteps: m.MaxSteps.Or(0)}
		s, err := game.NewSession(o, rules, env.Rand)
		if err != nil {
			return nil, game.Outcome{}, err
		}
		answer.Session = sessionToWire(s)
		frame = encodeAnswer(ctx, c, &answer)
		return s, game.Outcome{Answer: frame}, nil
	})
	if err != nil {
		return nil, err
	}
	markAnswered(ctx, c, frame)
	return &answer, nil
}

// DeleteSession removes a session and everything in it.
func (h sessions) DeleteSession(ctx context.Context, c route.Caller, m *wire.DeleteSession) error {
	return update(ctx, h.store, c, m.SessionID, func(s *game.Session, _ game.Env) (result, error) {
		events, err := s.Delete(optionalStage(m.ExpectedStage))
		return result{events: events}, err
	})
}

// GetSessionsFreeCells lists the cells that a company may still pick, row by row.
func (h sessions) GetSessionsFreeCells(
	ctx context.Context, _ route.Caller, m *wire.GetSessionsFreeCells,
) (*wire.GetSessionsFreeCellsAnswer, error) {
	s, err := h.store.Session(ctx, m.SessionID)
	if err != nil {
		return nil, err
	}
	free := s.FreeCells()
	answer := wire.GetSessionsFreeCellsAnswer{FreeCells: make([]wire.Position, len(free))}
	for i, p := range free {
		answer.FreeCells[i] = h.cells.position(p)
	}
	return &answer, nil
}

// UpdateSessionStage changes the stage of a session or plays its next turn.
func (h sessions) UpdateSessionStage(ctx context.Context, c route.Caller, m *wire.UpdateSessionStage) error {
	order := game.StageOrder{Stage: game.Stage(m.Stage), Schedule: m.AddShedule, ExpectedStep: optional(m.ExpectedStep), ExpectedStage: optionalStage(m.ExpectedStage)}
	return update(ctx, h.store, c, m.SessionID, func(s *game.Session, env game.Env) (result, error) {
		events, err := s.SetStage(order, env)
		return result{events: events}, err
	})
}

// GetSessionTimeToNextStage returns the seconds until the timer advances a session.
func (h sessions) GetSessionTimeToNextStage(
	ctx context.Context, _ route.Caller, m *wire.GetSessionTimeToNextStage,
) (*wire.GetSessionTimeToNextStageAnswer, error) {
	found, err := h.store.Sessions(ctx, game.SessionFilter{ID: &m.SessionID, Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, game.SessionNotFound()
	}
	s := &found[0]
	return &wire.GetSessionTimeToNextStageAnswer{
		TimeToNextStage: s.SecondsLeft(h.now()), StageNow: wire.Stage(s.Stage), MaxSteps: s.MaxSteps, Step: s.Step,
	}, nil
}

// sessionToWire converts a session.
func sessionToWire(s *game.Session) wire.Session {
	counts := s.CellCounts()
	w := wire.Session{
		SessionID: s.ID, Cells: s.Cells, MapSize: wire.MapSize{Rows: s.Rules.Map.Rows, Cols: s.Rules.Map.Cols},
		MapPattern: s.Rules.Pattern,
		CellCounts: make(wire.Map[int64], len(counts)),
		Stage:      wire.Stage(s.Stage), Step: s.Step, MaxSteps: s.MaxSteps, LastSeq: s.LastSeq, Ruleset: s.Rules.ID.Name,
	}
	if !s.Deadline.IsZero() {
		w.StageDeadline = wire.NotNull(s.Deadline.UnixMilli())
	}
	for i, c := range counts {
		w.CellCounts[i] = wire.Entry[int64]{Key: c.Type, Value: c.Count}
	}
	return w
}

func optionalStage(o wire.Opt[wire.Stage]) *game.Stage {
	if !o.Set {
		return nil
	}
	s := game.Stage(o.Value)
	return &s
}
