package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"seg.example/internal/game"
)

// offerRow is a row of the table offers.
type offerRow struct {
	bun.BaseModel `bun:"table:offers,alias:o"`

	ID             int64  `bun:"id,pk"`
	SessionID      int64  `bun:"session_id"`
	CompanyID      int64  `bun:"company_id"`
	Resource       string `bun:"resource"`
	PerTrade       int64  `bun:"per_trade"`
	Trades         int64  `bun:"trades"`
	Type           string `bun:"type"`
	Price          int64  `bun:"price"`
	BarterResource string `bun:"barter_resource"`
	BarterAmount   int64  `bun:"barter_amount"`

	SessionName string `bun:"session_name,scanonly"`
}

func (r *offerRow) offer() game.Offer {
	return game.Offer{
		ID: r.ID, CompanyID: r.CompanyID, Resource: r.Resource, PerTrade: r.PerTrade, Trades: r.Trades,
		Type: game.OfferType(r.Type), Price: r.Price, BarterResource: r.BarterResource, BarterAmount: r.BarterAmount,
	}
}

func offerID(o game.Offer) int64 { return o.ID }

func offerTable() table[game.Offer] {
	return table[game.Offer]{
		name: "offer", id: offerID,
		values: func(args []any, o *game.Offer) []any {
			return append(args, o.CompanyID, o.Resource, o.PerTrade, o.Trades, string(o.Type), o.Price, o.BarterResource, o.BarterAmount)
		},
		insert: `INSERT INTO offers (id, session_id, company_id, resource, per_trade, trades, type, price, barter_resource, barter_amount)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		update: `UPDATE offers SET company_id = ?, resource = ?, per_trade = ?, trades = ?, type = ?, price = ?, barter_resource = ?,
			barter_amount = ? WHERE id = ?`,
		remove: "DELETE FROM offers WHERE id = ?",
	}
}

// loadOffers reads the offers of a session, sorted by id.
func loadOffers(ctx context.Context, tx bun.Tx, session int64) ([]game.Offer, error) {
	var rows []offerRow
	if err := tx.NewSelect().Model(&rows).Where("o.session_id = ?", session).Order("o.id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("load offers: %w", err)
	}
	offers := make([]game.Offer, len(rows))
	for i := range rows {
		offers[i] = rows[i].offer()
	}
	return offers, nil
}

// Offers returns the offers that match f, sorted by id.
func (s *Store) Offers(ctx context.Context, f game.OfferFilter) ([]game.OfferView, error) {
	ctx = uninterrupted(ctx)
	var rows []offerRow
	q := s.reader.NewSelect().Model(&rows).ColumnExpr("o.*").ColumnExpr("s.name AS session_name").
		Join("JOIN sessions AS s ON s.id = o.session_id").Order("o.id").Limit(int64(f.Limit))
	if f.ID != nil {
		q.Where("o.id = ?", *f.ID)
	}
	if f.CompanyID != nil {
		q.Where("o.company_id = ?", *f.CompanyID)
	}
	if f.SessionID != nil {
		q.Where("s.name = ? AND s.deleted_at IS NULL", *f.SessionID)
	}
	if f.Resource != nil {
		q.Where("o.resource = ?", *f.Resource)
	}
	if f.Type != nil {
		q.Where("o.type = ?", string(*f.Type))
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("read offers: %w", err)
	}
	views := make([]game.OfferView, len(rows))
	for i := range rows {
		views[i] = game.OfferView{SessionID: rows[i].SessionName, Offer: rows[i].offer()}
	}
	return views, nil
}

// SessionOfOffer returns the id of the session of an offer, or game.OfferNotFound. Before a command
// has locked that session, the offer may have been deleted.
func (s *Store) SessionOfOffer(ctx context.Context, id int64) (string, error) {
	ctx = uninterrupted(ctx)
	q := s.reader.NewSelect().Model((*offerRow)(nil)).ColumnExpr("s.name").
		Join("JOIN sessions AS s ON s.id = o.session_id").Where("o.id = ?", id)
	return sessionOf(ctx, q, game.OfferNotFound())
}
