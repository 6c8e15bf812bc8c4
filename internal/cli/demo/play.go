package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	remote "seg.example/gen/client"
	"seg.example/gen/wire"
	"seg.example/internal/bot"
	"seg.example/internal/game"
)

// match is one game of bots and its output.
type match struct {
	c        config
	url      string
	password string
	rules    *game.Ruleset
	out      io.Writer

	bots  *bot.Match
	turns chan turnReport // turns that were played
}

// turnReport is a turn and what happened since the turn before.
type turnReport struct {
	stage   wire.SessionStageUpdated
	winners wire.Winners // set after the last turn
	trades  int
	made    int64 // number of productions
}

// play plays the game to its end.
func (d *match) play(ctx context.Context) error {
	_, err := fmt.Fprintf(d.out, "%d bots play %d turns of %s each. To see all broadcasts:\n\n  seg watch --url %s\n\n",
		d.c.bots, d.c.steps, d.c.turn, d.url)
	if err != nil {
		return err
	}
	d.turns = make(chan turnReport, d.c.steps+1) // room for all turns, so that the sender never waits
	operator, err := remote.Dial(ctx, d.url, remote.Options{ClientID: "demo", Password: wire.Secret(d.password), OnEvent: d.reporter()})
	if err != nil {
		return err
	}
	defer operator.Close()
	d.bots, err = bot.NewMatch(ctx, bot.MatchOptions{
		Operator: operator, Session: sessionID, Rules: d.rules, Steps: d.c.steps, FirstUser: 1, Schedule: true, Now: time.Now,
	})
	if err != nil {
		return err
	}
	for i := range d.c.bots {
		c, err := remote.Dial(ctx, d.url, remote.Options{
			ClientID: fmt.Sprintf("bot-%d", i+1), SessionID: sessionID, Password: wire.Secret(d.password),
		})
		if err != nil {
			return fmt.Errorf("connect bot %d: %w", i+1, err)
		}
		defer c.Close()
		d.bots.AddBot(c)
	}
	if err := d.bots.Start(ctx); err != nil {
		return err
	}
	return d.playTurns(ctx)
}

// playTurns prints each turn and lets the bots act, until the game ends.
func (d *match) playTurns(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil // ctx was cancelled on purpose
		case turn := <-d.turns:
			if err := d.playTurn(ctx, turn); err != nil || turn.stage.NewStage == wire.StageEnd {
				return err
			}
		}
	}
}

// playTurn prints a turn that was played, and lets the bots act unless it was the last turn.
func (d *match) playTurn(ctx context.Context, turn turnReport) error {
	companies, err := d.bots.Companies(ctx)
	if err != nil {
		return err
	}
	if turn.stage.NewStage == wire.StageEnd {
		return d.showEnd(turn, companies)
	}
	if err := d.showTurn(turn, companies); err != nil {
		return err
	}
	if err := d.bots.Play(ctx); err != nil && !isWrongStage(err) {
		return err
	}
	return nil
}

// reporter returns a function that collects events into turn reports.
func (d *match) reporter() func(remote.Event) {
	var since turnReport
	return func(e remote.Event) {
		switch e := e.(type) {
		case *remote.ExchangeTradeCompleted:
			since.trades++
		case *remote.FactoryProductionEnded:
			since.made++
		case *remote.GameEnded:
			since.winners = e.Data.Winners
		case *remote.SessionStageUpdated:
			if since.stage = *e.Data; e.Data.NewStage == wire.StageGame || e.Data.NewStage == wire.StageEnd {
				d.turns <- since
				since = turnReport{}
			}
		}
	}
}

// isWrongStage reports whether err says that the game went on before a bot acted.
func isWrongStage(err error) bool {
	refusal, ok := errors.AsType[*remote.Error](err)
	return ok && refusal.Code == wire.ErrorCodeWrongStage
}

// showTurn prints a line about a turn.
func (d *match) showTurn(turn turnReport, companies wire.CompanyList) error {
	balances := make([]string, len(companies))
	for i := range companies {
		balances[i] = fmt.Sprintf("%s %s", companies[i].Name, withCommas(companies[i].Balance))
		if companies[i].InPrison {
			balances[i] += " (in prison)"
		}
	}
	_, err := fmt.Fprintf(d.out, "turn %2d of %d   %3d productions, %2d trades   %s\n",
		turn.stage.Step, d.c.steps, turn.made, turn.trades, strings.Join(balances, " · "))
	return err
}

// showEnd prints the final state of the companies and the winners.
func (d *match) showEnd(turn turnReport, companies wire.CompanyList) error {
	fmt.Fprintln(d.out)
	table := tabwriter.NewWriter(d.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "company\tcell\tbalance\treputation\tgoods\tfactories\towed\t")
	for i := range companies {
		c := &companies[i]
		var goods, owed int64
		for _, s := range c.Warehouses {
			goods += s.Value
		}
		owed = c.TaxDebt
		for _, credit := range c.Credits {
			owed += credit.TotalToPay - credit.Paid
		}
		fmt.Fprintf(table, "%s\t%s %s\t%s\t%d\t%d\t%d\t%s\t\n", c.Name, c.CellType.Value, c.CellPosition,
			withCommas(c.Balance), c.Reputation, goods, c.FactoriesCount, withCommas(owed))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(d.out)
	for _, w := range []struct {
		what   string
		winner wire.Null[wire.Winner]
	}{{"capital", turn.winners.Capital}, {"reputation", turn.winners.Reputation}} {
		if w.winner.Valid {
			if _, err := fmt.Fprintf(d.out, "Most %s: %s with %s.\n", w.what, w.winner.Value.Name, withCommas(w.winner.Value.Value)); err != nil {
				return err
			}
		}
	}
	return nil
}

// withCommas returns n with commas between groups of three digits.
func withCommas(n int64) string {
	if n < 0 {
		return "-" + withCommas(-n)
	}
	if n < 1000 {
		return strconv.FormatInt(n, 10)
	}
	return fmt.Sprintf("%s,%03d", withCommas(n/1000), n%1000)
}
