package game_test

import (
	"slices"
	"testing"
	"time"

	"seg.example/internal/game"
)

// paused is classic with a pause of a minute between turns.
var paused = classicWith(func(r *game.Ruleset) { r.Timers.ChangeTurn = time.Minute })

func advance(stage game.Stage, schedule bool) func(*game.Session) ([]game.Event, error) {
	return func(s *game.Session) ([]game.Event, error) {
		return s.SetStage(game.StageOrder{Stage: stage, Schedule: schedule}, newEnv())
	}
}

func expire(s *game.Session) ([]game.Event, error) { return s.Expire(newEnv()) }

// at returns a session without companies.
func at(rules *game.Ruleset, stage game.Stage, step int64) *game.Session {
	return &game.Session{ID: "S", Stage: stage, Step: step, MaxSteps: 15, Rules: rules}
}

// moved is the last event of an advance.
func moved(from, to game.Stage, step int64) game.Event {
	return game.StageUpdated{SessionID: "S", Old: from, New: to, Step: step}
}

var nobodyWon = game.Ended{SessionID: "S"}

const (
	connecting = game.StageFreeUserConnect
	picking    = game.StageCellSelect
	inGame     = game.StageGame
	inPause    = game.StageChangeTurn
	atEnd      = game.StageEnd
)

func TestSetStage(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		from   game.Stage
		step   int64
		ask    game.Stage
		events []game.Event
	}{
		"to select cells":          {connecting, 0, picking, []game.Event{moved(connecting, picking, 0)}},
		"to the game":              {picking, 0, inGame, []game.Event{moved(picking, inGame, 1)}},
		"skipping the map":         {connecting, 0, inGame, []game.Event{moved(connecting, inGame, 1)}},
		"skipping all":             {connecting, 0, atEnd, []game.Event{nobodyWon, moved(connecting, atEnd, 0)}},
		"a turn":                   {inGame, 1, inGame, []game.Event{moved(inGame, inGame, 2)}},
		"the pause ends":           {inPause, 7, inGame, []game.Event{moved(inPause, inGame, 7)}},
		"the last turn":            {inGame, 14, inGame, []game.Event{moved(inGame, inGame, 15)}},
		"after the last turn":      {inGame, 15, inGame, []game.Event{nobodyWon, moved(inGame, atEnd, 15)}},
		"the last pause ends":      {inPause, 15, inGame, []game.Event{moved(inPause, inGame, 15)}},
		"to the end early":         {inGame, 3, atEnd, []game.Event{nobodyWon, moved(inGame, atEnd, 3)}},
		"to the end from a pause":  {inPause, 3, atEnd, []game.Event{nobodyWon, moved(inPause, atEnd, 3)}},
		"to the end from the map":  {picking, 0, atEnd, []game.Event{nobodyWon, moved(picking, atEnd, 0)}},
		"the present one, connect": {connecting, 0, connecting, nil},
		"the present one, select":  {picking, 0, picking, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := done(t, at(paused, c.from, c.step), advance(c.ask, true), c.events...)
			if len(c.events) == 0 {
				if s.Stage != c.from || !s.Deadline.IsZero() {
					t.Errorf("stage %s, deadline %s", s.Stage, s.Deadline)
				}
				return
			}
			if last := c.events[len(c.events)-1].(game.StageUpdated); s.Stage != last.New || s.Step != last.Step {
				t.Errorf("stage %s, step %d", s.Stage, s.Step)
			}
		})
	}
}

func TestSetStage_refuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		from, ask game.Stage
		code      game.Code
	}{
		"back to connect":           {picking, connecting, game.CodeWrongStage},
		"back to select":            {inGame, picking, game.CodeWrongStage},
		"back from a pause":         {inPause, picking, game.CodeWrongStage},
		"the end again":             {atEnd, atEnd, game.CodeWrongStage},
		"a pause after the end":     {atEnd, inPause, game.CodeWrongStage},
		"from the end":              {atEnd, inGame, game.CodeWrongStage},
		"a pause":                   {inGame, inPause, game.CodeInvalidField},
		"a pause in a pause":        {inPause, inPause, game.CodeInvalidField},
		"a pause before the game":   {connecting, inPause, game.CodeInvalidField},
		"back to connect from game": {inGame, connecting, game.CodeWrongStage},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := at(paused, c.from, 3)
			s.Deadline = noon
			refused(t, s, c.code, advance(c.ask, false))
		})
	}
}

// TestSetStage_deadline: each change of stage stops the timer. It starts again only if the order
// says so.
func TestSetStage_deadline(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		from, ask game.Stage
		schedule  bool
		want      time.Time
	}{
		"select":                          {connecting, picking, true, noon.Add(2 * time.Minute)},
		"select, by hand":                 {connecting, picking, false, time.Time{}},
		"game":                            {picking, inGame, true, noon.Add(3 * time.Minute)},
		"game, by hand":                   {picking, inGame, false, time.Time{}},
		"turn":                            {inGame, inGame, true, noon.Add(3 * time.Minute)},
		"turn, by hand":                   {inGame, inGame, false, time.Time{}},
		"the end of a pause":              {inPause, inGame, true, noon.Add(3 * time.Minute)},
		"end":                             {inGame, atEnd, true, time.Time{}},
		"the present one changes nothing": {picking, picking, false, noon.Add(time.Hour)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := at(paused, c.from, 3)
			s.Deadline = noon.Add(time.Hour)
			env := newEnv()
			env.Now = noon.Add(999 * time.Microsecond) // deadlines are whole milliseconds
			if _, err := s.SetStage(game.StageOrder{Stage: c.ask, Schedule: c.schedule}, env); err != nil {
				t.Fatal(err)
			}
			if !s.Deadline.Equal(c.want) {
				t.Errorf("got deadline %s, want %s", s.Deadline, c.want)
			}
		})
	}
}

// TestExpire: classic gives 120 s to select cells and 180 s to each turn; paused has 60 s between
// turns.
func TestExpire(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rules    *game.Ruleset
		from     game.Stage
		step     int64
		events   []game.Event
		deadline time.Time
	}{
		"cells selected":                {rules, picking, 0, []game.Event{moved(picking, inGame, 1)}, noon.Add(3 * time.Minute)},
		"cells selected, with pauses":   {paused, picking, 0, []game.Event{moved(picking, inGame, 1)}, noon.Add(3 * time.Minute)},
		"a turn":                        {rules, inGame, 4, []game.Event{moved(inGame, inGame, 5)}, noon.Add(3 * time.Minute)},
		"a turn, with pauses":           {paused, inGame, 4, []game.Event{moved(inGame, inPause, 5)}, noon.Add(time.Minute)},
		"a pause plays no turn":         {paused, inPause, 5, []game.Event{moved(inPause, inGame, 5)}, noon.Add(3 * time.Minute)},
		"the last turn":                 {rules, inGame, 14, []game.Event{moved(inGame, inGame, 15)}, noon.Add(3 * time.Minute)},
		"the last turn, with pauses":    {paused, inGame, 14, []game.Event{moved(inGame, inPause, 15)}, noon.Add(time.Minute)},
		"the pause after the last turn": {paused, inPause, 15, []game.Event{moved(inPause, inGame, 15)}, noon.Add(3 * time.Minute)},
		"the end":                       {rules, inGame, 15, []game.Event{nobodyWon, moved(inGame, atEnd, 15)}, time.Time{}},
		"the end, with pauses":          {paused, inGame, 15, []game.Event{nobodyWon, moved(inGame, atEnd, 15)}, time.Time{}},
		"nothing where no time runs":    {rules, connecting, 0, nil, time.Time{}},
	} {
		for when, late := range map[string]time.Duration{"in time": 0, "an hour late": time.Hour} {
			t.Run(name+", "+when, func(t *testing.T) {
				t.Parallel()
				s := at(c.rules, c.from, c.step)
				s.Deadline = noon.Add(-late)
				s = done(t, s, expire, c.events...)
				if !s.Deadline.Equal(c.deadline) {
					t.Errorf("got deadline %s, want %s", s.Deadline, c.deadline)
				}
				// A second firing, or a stale one, comes too early.
				refused(t, s, game.CodeConflict, expire)
			})
		}
	}
}

func TestExpire_tooEarly(t *testing.T) {
	t.Parallel()
	s := at(rules, inGame, 4)
	s.Deadline = noon.Add(time.Millisecond)
	refused(t, s, game.CodeConflict, expire)
}

// TestExpire_wholeGame lets time alone play a game of three turns with pauses.
func TestExpire_wholeGame(t *testing.T) {
	t.Parallel()
	s, env := withCompanies(t, paused, 2)
	s.MaxSteps = 3
	if _, err := s.SetStage(game.StageOrder{Stage: picking, Schedule: true}, env); err != nil {
		t.Fatal(err)
	}
	var told []game.Event
	for !s.Deadline.IsZero() {
		env.Now = s.Deadline
		events, err := s.Expire(env)
		if err != nil {
			t.Fatal(err)
		}
		told = append(told, events[len(events)-1])
	}
	wantEvents(t, told,
		moved(picking, inGame, 1),
		moved(inGame, inPause, 2), moved(inPause, inGame, 2),
		moved(inGame, inPause, 3), moved(inPause, inGame, 3),
		moved(inGame, atEnd, 3))
	// 2 minutes to select cells, three turns of 3 and two pauses of 1.
	if took := env.Now.Sub(noon); took != 13*time.Minute {
		t.Errorf("took %s", took)
	}
}

func TestSecondsLeft(t *testing.T) {
	t.Parallel()
	for left, want := range map[time.Duration]int64{
		-time.Hour: 0, 0: 0, time.Millisecond: 1, time.Second: 1, time.Second + 1: 2, 3 * time.Minute: 180,
	} {
		s := &game.Session{Deadline: noon.Add(left)}
		if got := s.SecondsLeft(noon); got != want {
			t.Errorf("%s: got %d", left, got)
		}
	}
	if got := new(game.Session).SecondsLeft(noon); got != 0 {
		t.Errorf("without a deadline: got %d", got)
	}
}

// TestFirstStart: companies without users are deleted, companies without a cell get one, and then
// the first turn is played.
func TestFirstStart(t *testing.T) {
	t.Parallel()
	s, env := sessionInCellSelect(t, rules, 4)
	if _, err := s.PickCell(3, game.Position{X: 2, Y: 0}, env); err != nil { // field
		t.Fatal(err)
	}
	s.Users[1].CompanyID = 0 // company 2 has none left
	kept := slices.Clone(s.Companies[2].Factories)
	events, err := s.SetStage(game.StageOrder{Stage: inGame}, env)
	if err != nil {
		t.Fatal(err)
	}
	if s.Company(2) != nil || len(s.Companies) != 3 {
		t.Errorf("companies left: %d", len(s.Companies))
	}
	if events[0] != (game.CompanyDeleted{CompanyID: 2}) || events[len(events)-1] != moved(picking, inGame, 1) {
		t.Errorf("got events %s", listed(events))
	}
	if c := s.Company(3); c.Cell != 2 || len(c.Factories) != len(kept) || c.Factories[0].ID != kept[0].ID {
		t.Errorf("a company that had picked a cell was moved: %+v", c)
	}
	stand := map[int64]bool{}
	for _, c := range s.Companies {
		if c.Cell == game.NoCell || rules.PickableCell(s.CellType(c)) == nil || stand[c.Cell] {
			t.Errorf("company %d is on cell %d", c.ID, c.Cell)
		}
		stand[c.Cell] = true
		want := rules.BuildingsOn(s.CellType(c)).Factory[0].Figure
		station := rules.BuildingsOn(s.CellType(c)).Station[0].Figure
		resource := rules.PickableCell(s.CellType(c)).Resource
		if int64(len(c.Factories)) != want || c.Goods.Amount(resource) != station {
			t.Errorf("company %d has %d factories and %v, want %d and %d %s", c.ID, len(c.Factories), c.Goods, want, station, resource)
		}
	}
}

// TestFirstStart_fromConnect: the map is laid first; the same seed gives the same map and the same
// places.
func TestFirstStart_fromConnect(t *testing.T) {
	t.Parallel()
	start := func(seed int64) ([]string, []int64) {
		s, env := withCompanies(t, rules, 5)
		s.Seed = seed
		if _, err := s.SetStage(game.StageOrder{Stage: inGame}, env); err != nil {
			t.Fatal(err)
		}
		var places []int64
		for _, c := range s.Companies {
			places = append(places, c.Cell)
		}
		return s.Cells, places
	}
	cells, places := start(7)
	if len(cells) != 49 || len(places) != 5 || slices.Contains(places, game.NoCell) {
		t.Fatalf("got %v, %v", cells, places)
	}
	cells2, places2 := start(7)
	if !slices.Equal(cells, cells2) || !slices.Equal(places, places2) {
		t.Error("the same seed gives another start")
	}
	cells3, places3 := start(8)
	if slices.Equal(cells, cells3) || slices.Equal(places, places3) {
		t.Error("another seed gives the same start")
	}
}

// TestFirstStart_noCellLeft: on a map of one cell the oldest company gets it, and the next is
// deleted with all that belongs to that.
func TestFirstStart_noCellLeft(t *testing.T) {
	t.Parallel()
	tiny := classicWith(func(r *game.Ruleset) { r.Map, r.Fixed = game.MapSize{Rows: 1, Cols: 1}, nil })
	s, env := withCompanies(t, tiny, 2)
	events, err := s.SetStage(game.StageOrder{Stage: inGame}, env)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Companies) != 1 || s.Company(1).Cell != 0 || s.Users[1].CompanyID != 0 {
		t.Errorf("companies %+v, users %+v", s.Companies, s.Users)
	}
	gone := slices.Index(events, game.Event(game.CompanyDeleted{CompanyID: 2}))
	if gone < 0 || events[gone+1] != (game.UserLeftCompany{UserID: 2, CompanyID: 2}) {
		t.Errorf("got events %s", listed(events))
	}
}

// TestTurn_order: the older company's turn is over before the next one's begins.
func TestTurn_order(t *testing.T) {
	t.Parallel()
	s := sessionInGame(t, rules, newCompany(1, nil), newCompany(2, nil), newCompany(5, nil))
	for _, c := range s.Companies {
		c.TaxDebt = 100
	}
	late := func(id int64) game.Event { return game.CompanyReputationChanged{CompanyID: id, Old: 20, New: 15} }
	turn(t, s, late(1), late(2), late(5))
}

// TestTurn_steps: a turn of one company goes by its numbered steps: deposits, credits, taxes,
// goods, prison.
func TestTurn_steps(t *testing.T) {
	t.Parallel()
	s := sessionInGame(t, rules, client(func(c *game.Company) {
		c.Reputation, c.TaxDebt = 6, 100
		c.Deposits = []game.Deposit{{CurrentBalance: 1_000, IncomePerTurn: 50, StepsTotal: 1}}
		c.Credits = []game.Credit{{TotalToPay: 2_000, StepsTotal: 2, StepsNow: 2}}
		c.Factories = []game.Factory{making(1, "planks", yes, no)}
		c.Goods = game.Goods{{Resource: "wood", Amount: 2}}
	}))
	turn(t, s,
		withdrawn(0, 1_050), money(10_000, 11_050), // 2
		reputation(6, 5),                                // 3
		reputation(5, 0),                                // 4
		removed("wood", 2), added("planks", 1), made(1), // 6
		game.CompanyToPrison{CompanyID: 1, EndStep: 9}, // 7
		taxPaid(100, 0), money(11_050, 10_950), creditPaid(0, 2_000, 0), money(10_950, 8_950), creditRemoved(0), reputation(0, 20))
}
