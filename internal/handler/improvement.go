package handler

import (
	"context"
	"strings"

	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/internal/game"
)

// UpdateCompanyImprove improves something of a company by one level.
func (h companies) UpdateCompanyImprove(ctx context.Context, c route.Caller, m *wire.UpdateCompanyImprove) error {
	// "warehouse", or "station", or "mountain.station".
	on, what, typed := strings.Cut(string(m.ImprovementType), ".")
	if !typed {
		on, what = "", on
	}
	return h.update(ctx, c, m.CompanyID, func(s *game.Session, env game.Env) (result, error) {
		events, err := s.Improve(game.ImprovementOrder{
			CompanyID: m.CompanyID, Improvement: game.Improvement(what), CellType: on, ExpectedLevel: optional(m.ExpectedLevel),
		}, env)
		return result{events: events}, err
	})
}

// GetCompanyImprovementInfo returns the present and the next levels of a company's improvements.
func (h companies) GetCompanyImprovementInfo(
	ctx context.Context, _ route.Caller, m *wire.GetCompanyImprovementInfo,
) (*wire.ImprovementInfo, error) {
	s, company, err := h.find(ctx, m.CompanyID)
	if err != nil {
		return nil, err
	}
	buildings := s.Rules.BuildingsOn(s.CellType(company))
	if buildings == nil {
		return &wire.ImprovementInfo{}, nil
	}
	has := company.Levels
	return &wire.ImprovementInfo{
		Warehouse: wire.Some(warehouseToWire(s.Rules.Warehouse, has.Warehouse)),
		Contracts: wire.Some(contractsToWire(s.Rules.Contracts, has.Contracts)),
		Station:   wire.Some(stationToWire(buildings.Station, has.Station)),
		Factory:   wire.Some(factoryLevelsToWire(buildings.Factory, has.Factory)),
	}, nil
}

func warehouseToWire(levels []game.Level, has int64) wire.WarehouseImprovement {
	now, next := levelAndNext(levels, has, func(level int64, l game.Level) wire.WarehouseFigures {
		return wire.WarehouseFigures{Level: level, Capacity: l.Figure, Cost: l.Cost}
	})
	return wire.WarehouseImprovement{Level: now.Level, Capacity: now.Capacity, Cost: now.Cost, Next: next}
}

func contractsToWire(levels []game.Level, has int64) wire.ContractsImprovement {
	now, next := levelAndNext(levels, has, func(level int64, l game.Level) wire.ContractsFigures {
		return wire.ContractsFigures{Level: level, Max: l.Figure, Cost: l.Cost}
	})
	return wire.ContractsImprovement{Level: now.Level, Max: now.Max, Cost: now.Cost, Next: next}
}

func stationToWire(levels []game.Level, has int64) wire.StationImprovement {
	now, next := levelAndNext(levels, has, func(level int64, l game.Level) wire.StationFigures {
		return wire.StationFigures{Level: level, ProductsPerTurn: l.Figure, Cost: l.Cost}
	})
	return wire.StationImprovement{Level: now.Level, ProductsPerTurn: now.ProductsPerTurn, Cost: now.Cost, Next: next}
}

func factoryLevelsToWire(levels []game.Level, has int64) wire.FactoryImprovement {
	now, next := levelAndNext(levels, has, func(level int64, l game.Level) wire.FactoryFigures {
		return wire.FactoryFigures{Level: level, TasksPerTurn: l.Figure, Cost: l.Cost}
	})
	return wire.FactoryImprovement{Level: now.Level, TasksPerTurn: now.TasksPerTurn, Cost: now.Cost, Next: next}
}

// levelAndNext converts the present level and the next one, null at the highest level.
func levelAndNext[W any](levels []game.Level, has int64, toWire func(level int64, l game.Level) W) (now W, next wire.Null[W]) {
	if has < game.MaxLevel {
		next = wire.NotNull(toWire(has+1, levels[has]))
	}
	return toWire(has, levels[has-1]), next
}
