package game

import (
	"cmp"
	"slices"
)

// Stock is an amount of one resource, in units.
type Stock struct {
	Resource string
	Amount   int64
}

// Goods is a list of positive stocks, sorted by resource. Its methods never change a list in place,
// so copies of a company may share it.
type Goods []Stock

// Amount returns the number of units of resource.
func (g Goods) Amount(resource string) int64 {
	if i, there := g.find(resource); there {
		return g[i].Amount
	}
	return 0
}

// Total returns the number of units of all resources together, at most MaxAmount.
func (g Goods) Total() int64 {
	var total int64
	for _, s := range g {
		total = saturate(total + s.Amount)
	}
	return total
}

// with returns a copy of g with change added to the units of resource. The result must not be
// negative.
func (g Goods) with(resource string, change int64) Goods {
	i, there := g.find(resource)
	switch {
	case !there:
		return slices.Concat(g[:i], Goods{{Resource: resource, Amount: change}}, g[i:])
	case g[i].Amount+change == 0:
		return slices.Concat(g[:i], g[i+1:])
	}
	g = slices.Clone(g)
	g[i].Amount += change
	return g
}

func (g Goods) find(resource string) (int, bool) {
	return slices.BinarySearchFunc(g, resource, func(s Stock, r string) int { return cmp.Compare(s.Resource, r) })
}
