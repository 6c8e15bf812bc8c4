package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"seg.example/internal/game"
)

// AddRuleset stores a ruleset's document. Sessions refer to it, so a session can be created only
// with a ruleset that was added. An existing document is not changed.
func (s *Store) AddRuleset(ctx context.Context, id game.RulesetID, document []byte) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("add ruleset %s: %w", id.Name, err)
	}
	err := s.writer.submit(func(b *batch) error {
		_, err := b.exec("INSERT INTO rulesets (hash, name, document) VALUES (?, ?, ?) ON CONFLICT (hash) DO NOTHING", id.Hash, id.Name, string(document))
		return err
	})
	if err != nil {
		return fmt.Errorf("add ruleset %s: %w", id.Name, err)
	}
	return nil
}

// rulesOf returns the ruleset with a hash. Documents never change, so each is read once.
func (s *Store) rulesOf(ctx context.Context, db bun.IDB, hash string) (*game.Ruleset, error) {
	if known, ok := s.rulesets.Load(hash); ok {
		rules, _ := known.(*game.Ruleset)
		return rules, nil
	}
	var document []byte
	if err := db.NewSelect().Table("rulesets").Column("document").Where("hash = ?", hash).Scan(ctx, &document); err != nil {
		return nil, fmt.Errorf("read ruleset %s: %w", hash, err)
	}
	rules, err := s.o.Ruleset(document)
	if err != nil {
		return nil, fmt.Errorf("read ruleset %s: %w", hash, err)
	}
	s.rulesets.Store(hash, rules)
	return rules, nil
}
