package store

import (
	"context"
	"fmt"

	"seg.example/internal/game"
)

// AddRuleset keeps a ruleset's document, which sessions made with it refer to. A
// document that is there already stays as it is. Sessions can be made only with
// a ruleset that was added.
func (s *Store) AddRuleset(ctx context.Context, id game.RulesetID, document []byte) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("add ruleset %s: %w", id.Name, err)
	}
	err := s.writer.do(func(b *batch) error {
		_, err := b.exec("INSERT INTO rulesets (hash, name, document) VALUES (?, ?, ?) ON CONFLICT (hash) DO NOTHING", id.Hash, id.Name, string(document))
		return err
	})
	if err != nil {
		return fmt.Errorf("add ruleset %s: %w", id.Name, err)
	}
	return nil
}
