package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"seg.example/internal/game"
)

// TestStore_oneQueryPerTable: what is read takes one query for each table, however many companies there are.
func TestStore_oneQueryPerTable(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A", "B")
	for _, session := range []string{"A", "B"} {
		must(t, change(f, session, func(s *game.Session, env game.Env) {
			for range 30 {
				c := newCompany(env, env.IDs.NextID(game.KindCompany))
				c.Credits = []game.Credit{{ID: env.IDs.NextID(game.KindCredit)}}
				c.Deposits = []game.Deposit{{ID: env.IDs.NextID(game.KindDeposit)}}
				c.Factories = []game.Factory{{ID: env.IDs.NextID(game.KindFactory)}}
				s.Companies = append(s.Companies, c)
				s.Offers = append(s.Offers, game.Offer{ID: env.IDs.NextID(game.KindOffer), CompanyID: c.ID})
			}
		}))
	}
	reader := f.open() // which has nothing in memory
	t.Cleanup(func() { must(t, reader.Close()) })
	_, err := reader.Companies(t.Context(), game.CompanyFilter{}) // the ruleset is read once
	must(t, err)
	session := "A"
	for name, c := range map[string]struct {
		read func() (int, error)
		rows int
		want []string
	}{
		"companies of a session": {
			func() (int, error) {
				all, err := reader.Companies(t.Context(), game.CompanyFilter{SessionID: &session})
				return len(all), err
			},
			30,
			[]string{"companies", "credits", "deposits", "sessions"},
		},
		"all companies": {
			func() (int, error) {
				all, err := reader.Companies(t.Context(), game.CompanyFilter{})
				return len(all), err
			},
			60,
			[]string{"companies", "credits", "deposits", "sessions"},
		},
		"factories": {
			func() (int, error) {
				all, err := reader.Factories(t.Context(), game.FactoryFilter{})
				return len(all), err
			},
			60,
			[]string{"factories"},
		},
		"offers": {
			func() (int, error) {
				all, err := reader.Offers(t.Context(), game.OfferFilter{})
				return len(all), err
			},
			60,
			[]string{"offers"},
		},
		"session": {
			func() (int, error) {
				s, err := reader.Session(t.Context(), session)
				if err != nil {
					return 0, err
				}
				return len(s.Companies), nil
			},
			30,
			[]string{"companies", "credits", "deposits", "factories", "offers", "sessions", "users"},
		},
	} {
		var rows int
		queries := reader.Queries(func() { rows, err = c.read() })
		must(t, err)
		var tables []string
		for _, q := range queries {
			_, from, _ := strings.Cut(q, `FROM "`)
			table, _, _ := strings.Cut(from, `"`)
			tables = append(tables, table)
		}
		slices.Sort(tables)
		if rows != c.rows || !slices.Equal(tables, c.want) {
			t.Errorf("%s: %d rows, want %d, by queries of %v, want %v:\n%s", name, rows, c.rows, tables, c.want, strings.Join(queries, "\n"))
		}
	}
}

// BenchmarkCompanies reads the companies of a session of 30 beside 99 others.
func BenchmarkCompanies(b *testing.B) {
	f := benchFixture(b)
	for i := range 100 {
		name := fmt.Sprint("S", i)
		must2(b, f.create(name))
		must2(b, change(f, name, func(s *game.Session, env game.Env) {
			for i := range 30 {
				c := newCompany(env, env.IDs.NextID(game.KindCompany))
				c.Goods = game.Goods{{Resource: "fish", Amount: 3}, {Resource: "planks", Amount: 20}, {Resource: "wood", Amount: 7}}
				c.Credits = []game.Credit{{ID: env.IDs.NextID(game.KindCredit)}}
				c.Deposits = []game.Deposit{{ID: env.IDs.NextID(game.KindDeposit)}}
				for range 15 {
					c.Factories = append(c.Factories, game.Factory{ID: env.IDs.NextID(game.KindFactory)})
				}
				c.Balance = int64(i)
				s.Companies = append(s.Companies, c)
			}
		}))
	}
	session := "S50"
	b.ReportAllocs()
	b.Run("30", func(b *testing.B) {
		for b.Loop() {
			if all, err := f.Companies(b.Context(), game.CompanyFilter{SessionID: &session}); err != nil || len(all) != 30 {
				b.Fatal(len(all), err)
			}
		}
	})
	b.Run("one", func(b *testing.B) {
		for b.Loop() {
			if all, err := f.Companies(b.Context(), game.CompanyFilter{ID: new(int64(1700))}); err != nil || len(all) != 1 {
				b.Fatal(len(all), err)
			}
		}
	})
	b.Run("session", func(b *testing.B) {
		for b.Loop() {
			if s, err := f.Session(b.Context(), session); err != nil || len(s.Companies) != 30 {
				b.Fatal(err)
			}
		}
	})
}

// TestStore_readsAreNotInterrupted: who asked has gone, and the connection that reads stays all the same.
func TestStore_readsAreNotInterrupted(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.mustCreate("A")
	f.mustDo("A", createUser(1, "one"))
	gone, leave := context.WithCancel(t.Context())
	leave()
	for name, read := range map[string]func() error{
		"Session":       func() error { _, err := f.Session(gone, "A"); return err },
		"Sessions":      func() error { _, err := f.Sessions(gone, game.SessionFilter{}); return err },
		"Users":         func() error { _, err := f.Users(gone, game.UserFilter{}); return err },
		"SessionOfUser": func() error { _, err := f.SessionOfUser(gone, 1); return err },
		"Companies":     func() error { _, err := f.Companies(gone, game.CompanyFilter{}); return err },
		"Factories":     func() error { _, err := f.Factories(gone, game.FactoryFilter{}); return err },
		"Offers":        func() error { _, err := f.Offers(gone, game.OfferFilter{}); return err },
	} {
		if err := read(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
