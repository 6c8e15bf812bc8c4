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

// Goods are stocks by resource, none of 0 or less. Changing them makes a new
// list: a list that somebody else has stays as it is.
type Goods []Stock

// Amount returns how many units of resource there are.
func (g Goods) Amount(resource string) int64 {
	if i, there := g.find(resource); there {
		return g[i].Amount
	}
	return 0
}

// Total returns how many units there are of everything together, MaxAmount when
// there are more.
func (g Goods) Total() int64 {
	var total int64
	for _, s := range g {
		total = saturate(total + s.Amount)
	}
	return total
}

// with returns g with change units of resource more; less when it is negative.
// There must be as many.
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
