package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"seg.example/internal/game"
)

// rulesetRow is a row of the table rulesets.
type rulesetRow struct {
	bun.BaseModel `bun:"table:rulesets,alias:r"`

	Hash     string `bun:"hash,pk"`
	Name     string `bun:"name"`
	Document string `bun:"document"`
}

// AddRuleset keeps a ruleset's document, which sessions made with it refer to. A
// document that is there already stays as it is. Sessions can be made only with
// a ruleset that was added.
func (s *Store) AddRuleset(ctx context.Context, id game.RulesetID, document []byte) error {
	row := &rulesetRow{Hash: id.Hash, Name: id.Name, Document: string(document)}
	if _, err := s.writer.NewInsert().Model(row).On("CONFLICT (hash) DO NOTHING").Exec(ctx); err != nil {
		return fmt.Errorf("add ruleset %s: %w", id.Name, err)
	}
	return nil
}
