package game_test

import (
	"testing"

	"seg.example/internal/game"
)

// TestRefusals_texts: clients know these texts, to the letter.
func TestRefusals_texts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		refusal *game.Refusal
		code    game.Code
		text    string
	}{
		{game.UserNotFound(), game.CodeNotFound, "User not found"},
		{game.CompanyNotFound(), game.CodeNotFound, "Company not found"},
		{game.FactoryNotFound(), game.CodeNotFound, "Factory not found"},
		{game.OfferNotFound(), game.CodeNotFound, "Exchange offer not found"},
		{game.SessionNotFound(), game.CodeNotFound, "Session not found"},
		{game.SessionExists("A"), game.CodeConflict, "Session A already exists"},
		{game.UserExists(7), game.CodeConflict, "User 7 already exists"},
	} {
		wantRefusal(t, c.refusal, c.code)
		if c.refusal.Text != c.text {
			t.Errorf("got %q, want %q", c.refusal.Text, c.text)
		}
	}
}
