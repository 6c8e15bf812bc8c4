package handler_test

import (
	"strings"
	"testing"
	"time"

	"seg.example/internal/game"
)

const timeToNext = `{"type":"get-session-time-to-next-stage","session_id":"A","request_id":"r"}`

// TestUpdateSessionStage goes through all stages of a session and checks each frame against the
// contract.
func TestUpdateSessionStage(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	m.change(func(s *game.Session) { s.Stage, s.Step = game.StageFreeUserConnect, 0 })
	moved := func(from, to, step string) event {
		return event{"api-update_session_stage", `{"session_id":"A","new_stage":"` + to + `","old_stage":"` + from + `","step":` + step + `}`}
	}
	m.wantAnswer("update-session-stage", `"session_id":"A","stage":"CellSelect"`, "null", moved("FreeUserConnect", "CellSelect", "0"))
	m.want(timeToNext, response(`{"time_to_next_stage":120,"stage_now":"CellSelect","max_steps":15,"step":0}`))
	for deadline, frame := range map[string]string{
		"1700000120000": `{"type":"get-session","session_id":"A","request_id":"r"}`,
		"null":          `{"type":"get-session","session_id":"B","request_id":"r"}`,
	} {
		if got := m.send(frame); len(got) != 1 || !strings.Contains(got[0], `"stage_deadline":`+deadline+`,`) {
			t.Errorf("got %v, want deadline %s", got, deadline)
		}
	}
	m.clockOffset.Store(int64(119*time.Second + time.Millisecond))
	m.want(timeToNext, response(`{"time_to_next_stage":1,"stage_now":"CellSelect","max_steps":15,"step":0}`))
	m.clockOffset.Store(int64(time.Hour))
	m.want(timeToNext, response(`{"time_to_next_stage":0,"stage_now":"CellSelect","max_steps":15,"step":0}`))
	m.clockOffset.Store(0)
	// The present stage again: no broadcast, and the timer continues.
	m.wantAnswer("update-session-stage", `"session_id":"A","stage":"CellSelect","add_shedule":false`, "null")
	m.want(timeToNext, response(`{"time_to_next_stage":120,"stage_now":"CellSelect","max_steps":15,"step":0}`))
	m.wantRefusal("update-session-stage", `"session_id":"A","stage":"FreeUserConnect"`, "wrong_stage",
		"A session cannot go back to an earlier stage; this one is in stage CellSelect")
	m.wantRefusal("update-session-stage", `"session_id":"none","stage":"CellSelect"`, "not_found", "Session not found")
	m.want(`{"type":"get-session-time-to-next-stage","session_id":"none","request_id":"r"}`, refusal("not_found", "Session not found"))

	// The first turn puts company 2 on a random cell. The tests of the rules check the other events.
	m.sendChecked(frame("update-session-stage", `"session_id":"A","stage":"Game","add_shedule":false`))
	m.want(timeToNext, response(`{"time_to_next_stage":0,"stage_now":"Game","max_steps":15,"step":1}`))
	if s := m.session(); s.Stage != game.StageGame || s.Company(2).Cell == game.NoCell || !s.Deadline.IsZero() {
		t.Errorf("got %s, want stage Game, a cell for company 2 and no deadline", dumpSession(s))
	}
	m.change(func(s *game.Session) { s.Step = 14 })
	m.sendChecked(frame("update-session-stage", `"session_id":"A","stage":"Game"`))
	m.want(timeToNext, response(`{"time_to_next_stage":180,"stage_now":"Game","max_steps":15,"step":15}`))
	got := m.sendChecked(frame("update-session-stage", `"session_id":"A","stage":"Game"`))
	if s := m.session(); s.Stage != game.StageEnd || s.Step != 15 || !s.Deadline.IsZero() || len(got) != 3 {
		t.Errorf("after the last turn: got %s, frames %v, want stage End at step 15 and 3 frames", dumpSession(s), got)
	}
	m.wantRefusal("update-session-stage", `"session_id":"A","stage":"End"`, "wrong_stage", "The game is over")
}

// TestUpdateSessionStage_turn causes every broadcast of a turn and of the end of a game: a company
// goes to prison, a deposit is paid out, a company without users is deleted.
func TestUpdateSessionStage_turn(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	m.mustDo("create-exchange-offer", `"company_id":1,"session_id":"A","sell_resource":"stone","sell_amount_per_trade":1,"count_offers":5,"offer_type":"money","price":1`)
	m.change(func(s *game.Session) { s.Stage, s.Step, s.Users[1].CompanyID = game.StageCellSelect, 0, 0 })
	m.company(1, func(c *game.Company) {
		c.Reputation, c.TaxDebt = 0, 10
		c.Credits = []game.Credit{{ID: 51, Amount: 1, TotalToPay: 20_000, StepsTotal: 4, StepsNow: 1}}
		c.Deposits = []game.Deposit{{ID: 51, InitialSum: 1, CurrentBalance: 1, StepsTotal: 4}}
		c.Factories[0].Auto = true
	})
	seen := map[string]bool{}
	note := func(frames []string) {
		for _, f := range frames[1:] {
			seen[frameType(f)] = true
		}
	}
	note(m.sendChecked(frame("update-session-stage", `"session_id":"A","stage":"Game"`)))
	m.company(1, func(c *game.Company) { c.PrisonEndStep = 2 })
	note(m.sendChecked(frame("update-session-stage", `"session_id":"A","stage":"Game"`)))
	note(m.sendChecked(frame("update-session-stage", `"session_id":"A","stage":"End"`)))
	for _, typ := range []string{
		"api-company_deleted", "api-company_to_prison", "api-company_deposit_withdrawn", "api-company_tax_paid", "api-company_credit_paid",
		"api-company_credit_removed", "api-exchange_offer_cancelled", "api-exchange_offer_deleted", "api-company_reputation_changed",
		"api-company_balance_changed", "api-company_left_prison", "api-company_resource_added", "api-company_resource_removed",
		"api-factory-end-production", "api-game_ended", "api-update_session_stage",
	} {
		if !seen[typ] {
			t.Errorf("got no broadcast %s, want one", typ)
		}
	}
}
