package game_test

import (
	"testing"

	"seg.example/internal/game"
)

func won(id, value int64) *game.Winner {
	return &game.Winner{CompanyID: id, Name: newCompany(id, nil).Name, Value: value}
}

// TestEnd: deposits are paid out, offers come back as far as there is room, and then the winners
// are told.
func TestEnd(t *testing.T) {
	t.Parallel()
	first := client(func(c *game.Company) {
		c.Deposits = []game.Deposit{{CurrentBalance: 2_300, StepsTotal: 9, CanWithdrawFrom: 99}, {CurrentBalance: 500, StepsTotal: 9}}
		c.Goods = game.Goods{{Resource: "fish", Amount: 44}}
		c.Credits = []game.Credit{{TotalToPay: 8_000, Paid: 500, StepsTotal: 9}, {TotalToPay: 100, StepsTotal: 9}}
		c.TaxDebt, c.WrittenOff = 70, 5
	})
	second := newCompany(2, game.Goods{{Resource: "iron", Amount: 3}, {Resource: "stone", Amount: 1}})
	second.Balance, second.Reputation = 8_000, 21
	s := sessionInGame(t, rules, first, second)
	s.Offers = []game.Offer{{ID: 3, CompanyID: 1, Resource: "stone", PerTrade: 2, Trades: 5}}
	// 10000+2300+500 money, 44 fish at 75 and 6 stone at 15, less 7500, 100, 70 and 5: 12800 + 3300
	// + 90 - 7675 = 8515. The second: 8000 + 3 iron at 80 + 15 = 8255.
	s = done(t, s, advance(atEnd, true),
		withdrawn(0, 2_300), money(10_000, 12_300), withdrawn(0, 500), money(12_300, 12_800),
		game.OfferCancelled{SessionID: "S", OfferID: 3, CompanyID: 1}, game.OfferDeleted{SessionID: "S", OfferID: 3}, added("stone", 6),
		game.Ended{SessionID: "S", Capital: won(1, 8_515), Reputation: won(2, 21)},
		moved(inGame, atEnd, 1))
	if c := s.Company(1); len(c.Deposits) != 0 || len(c.Credits) != 2 || c.TaxDebt != 70 || len(s.Offers) != 0 {
		t.Errorf("at the end: %+v", c)
	}
}

// TestEnd_ties: of equals the older company wins; capital may be negative.
func TestEnd_ties(t *testing.T) {
	t.Parallel()
	s := sessionInGame(t, rules, newCompany(4, nil), newCompany(7, nil))
	for _, c := range s.Companies {
		c.Balance, c.WrittenOff, c.Reputation = 0, 30, 0
	}
	done(t, s, advance(atEnd, false), game.Ended{SessionID: "S", Capital: won(4, -30), Reputation: won(4, 0)}, moved(inGame, atEnd, 1))
}

// TestEnd_limits: what is worth more than an amount counts as the largest.
func TestEnd_limits(t *testing.T) {
	t.Parallel()
	rich := newCompany(1, game.Goods{{Resource: "iron", Amount: game.MaxAmount}})
	done(t, sessionInGame(t, rules, rich), advance(atEnd, false),
		game.Ended{SessionID: "S", Capital: won(1, game.MaxAmount), Reputation: won(1, 20)}, moved(inGame, atEnd, 1))
}
