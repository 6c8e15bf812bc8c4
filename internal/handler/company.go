package handler

import (
	"context"
	"strconv"
	"strings"

	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/internal/game"
)

// companies serves the requests about companies.
type companies struct {
	store Store
	cells CellNotation
}

// GetCompanies lists companies, the oldest first.
func (h companies) GetCompanies(ctx context.Context, c route.Caller, m *wire.GetCompanies) (wire.CompanyList, error) {
	found, err := h.store.Companies(ctx, game.CompanyFilter{
		SessionID: optional(m.SessionID), InPrison: optional(m.InPrison), Cell: readCell(m.CellPosition),
	})
	if err != nil {
		return nil, err
	}
	list := make(wire.CompanyList, len(found))
	for i := range found {
		list[i] = h.cells.company(&found[i], c)
	}
	return list, nil
}

// GetCompany finds the oldest company.
func (h companies) GetCompany(ctx context.Context, c route.Caller, m *wire.GetCompany) (*wire.Company, error) {
	if m.Name.Set {
		// No company has an invalid name, and the database cannot search for every text.
		if _, ok := game.CleanName(m.Name.Value); !ok {
			return nil, nil //nolint:nilnil // nil is the answer null
		}
	}
	found, err := h.store.Companies(ctx, game.CompanyFilter{
		ID: optional(m.ID), Name: optional(m.Name), SessionID: optional(m.SessionID),
		Reputation: optional(m.Reputation), Balance: optional(m.Balance),
		InPrison: optional(m.InPrison), Cell: readCell(m.CellPosition), Limit: 1,
	})
	return firstOf(found, func(v *game.CompanyView) wire.Company { return h.cells.company(v, c) }), err
}

// CreateCompany founds a company.
func (h companies) CreateCompany(ctx context.Context, c route.Caller, m *wire.CreateCompany) (*wire.CreateCompanyAnswer, error) {
	var answer wire.CreateCompanyAnswer
	err := users{h.store}.update(ctx, c, m.WhoCreate, func(s *game.Session, env game.Env) (result, error) {
		company, events, err := s.CreateCompany(m.Name, m.WhoCreate, env)
		if err != nil {
			return result{}, err
		}
		answer = wire.CreateCompanyAnswer{SessionID: s.ID, Company: h.cells.company(&company, c)}
		return result{events, &answer}, nil
	})
	return &answer, err
}

// UpdateCompanyAddUser lets a user join a company by its code.
func (h companies) UpdateCompanyAddUser(ctx context.Context, c route.Caller, m *wire.UpdateCompanyAddUser) error {
	return users{h.store}.update(ctx, c, m.UserID, func(s *game.Session, _ game.Env) (result, error) {
		events, err := s.JoinCompany(m.UserID, m.SecretCode)
		return result{events: events}, err
	})
}

// SetCompanyPosition puts a company on a cell of the map.
func (h companies) SetCompanyPosition(ctx context.Context, c route.Caller, m *wire.SetCompanyPosition) (*wire.SetCompanyPositionAnswer, error) {
	at := game.Position{X: m.X, Y: m.Y}
	answer := wire.SetCompanyPositionAnswer{PositionNow: h.cells.position(at)}
	err := h.update(ctx, c, m.CompanyID, func(s *game.Session, env game.Env) (result, error) {
		events, err := s.PickCell(m.CompanyID, at, env)
		return result{events, &answer}, err
	})
	return &answer, err
}

// UpdateCompanyLeftUser lets a user leave its company.
func (h companies) UpdateCompanyLeftUser(ctx context.Context, c route.Caller, m *wire.UpdateCompanyLeftUser) error {
	return users{h.store}.update(ctx, c, m.UserID, func(s *game.Session, _ game.Env) (result, error) {
		events, err := s.LeaveCompany(m.UserID, m.CompanyID)
		return result{events: events}, err
	})
}

// DeleteCompany removes a company.
func (h companies) DeleteCompany(ctx context.Context, c route.Caller, m *wire.DeleteCompany) error {
	return h.update(ctx, c, m.CompanyID, func(s *game.Session, _ game.Env) (result, error) {
		events, err := s.DeleteCompany(m.CompanyID)
		return result{events: events}, err
	})
}

// GetCompanyCellInfo describes the type of the cell that a company stands on.
func (h companies) GetCompanyCellInfo(
	ctx context.Context, _ route.Caller, m *wire.GetCompanyCellInfo,
) (*wire.GetCompanyCellInfoAnswer, error) {
	s, company, err := h.find(ctx, m.CompanyID)
	if err != nil {
		return nil, err
	}
	cell := s.Rules.PickableCell(s.CellType(company))
	if cell == nil {
		return nil, nil //nolint:nilnil // nil is the answer null
	}
	return &wire.GetCompanyCellInfoAnswer{
		Type: cell.Type,
		Data: wire.CellInfo{
			ID: cell.Type, Label: cell.Label, ResourceID: cell.Resource, MaxAmount: cell.MaxAmount, Pickable: true,
			Locations: []wire.Position{},
		},
	}, nil
}

// NotforgameUpdateCompanyBalance adds to a company's money.
func (h companies) NotforgameUpdateCompanyBalance(ctx context.Context, c route.Caller, m *wire.NotforgameUpdateCompanyBalance) error {
	return h.update(ctx, c, m.CompanyID, func(s *game.Session, _ game.Env) (result, error) {
		events, err := s.AdminChangeBalance(m.CompanyID, m.BalanceChange, optional(m.ExpectedBalance))
		return result{events: events}, err
	})
}

// NotforgameUpdateCompanyItems adds to a company's goods.
func (h companies) NotforgameUpdateCompanyItems(ctx context.Context, c route.Caller, m *wire.NotforgameUpdateCompanyItems) error {
	return h.update(ctx, c, m.CompanyID, func(s *game.Session, _ game.Env) (result, error) {
		events, err := s.AdminChangeItems(m.CompanyID, m.ItemID, m.QuantityChange, optional(m.ExpectedQuantity))
		return result{events: events}, err
	})
}

// NotforgameUpdateCompanyName renames a company.
func (h companies) NotforgameUpdateCompanyName(ctx context.Context, c route.Caller, m *wire.NotforgameUpdateCompanyName) error {
	return h.update(ctx, c, m.CompanyID, func(s *game.Session, _ game.Env) (result, error) {
		events, err := s.AdminRename(m.CompanyID, m.NewName)
		return result{events: events}, err
	})
}

// update runs a command on the session of a company.
func (h companies) update(ctx context.Context, c route.Caller, company int64, apply func(*game.Session, game.Env) (result, error)) error {
	session, err := h.store.SessionOfCompany(ctx, company)
	if err != nil {
		return err
	}
	err = update(ctx, h.store, c, session, apply)
	if isNotFound(err, game.SessionNotFound()) {
		return game.CompanyNotFound() // the session and the company were deleted meanwhile
	}
	return err
}

// find returns the last committed state of a company and its session.
func (h companies) find(ctx context.Context, id int64) (*game.Session, *game.Company, error) {
	name, err := h.store.SessionOfCompany(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	s, err := h.store.Session(ctx, name)
	if isNotFound(err, game.SessionNotFound()) {
		return nil, nil, game.CompanyNotFound() // as in update
	}
	if err != nil {
		return nil, nil, err
	}
	company := s.Company(id)
	if company == nil {
		return nil, nil, game.CompanyNotFound() // deleted meanwhile
	}
	return s, company, nil
}

// readCell reads the filter cell_position, in either notation; nil if it is absent.
func readCell(o wire.Opt[wire.PositionOrNone]) *game.Cell {
	if !o.Set {
		return nil
	}
	column, row, ok := strings.Cut(strings.ReplaceAll(o.Value, ".", ":"), ":")
	if !ok {
		return &game.Cell{Nowhere: true}
	}
	// The decoder accepts only one to four digits.
	x, _ := strconv.ParseInt(column, 10, 64)
	y, _ := strconv.ParseInt(row, 10, 64)
	return &game.Cell{Position: game.Position{X: x, Y: y}}
}
