package store

import "fmt"

// forEachChange compares two lists that are sorted by id, and calls visit for every difference, in
// order of id: with a nil before for a new entry, with a nil after for a deleted one.
func forEachChange[T comparable](before, after []T, id func(T) int64, visit func(before, after *T) error) error {
	for len(before) > 0 || len(after) > 0 {
		var old, now *T
		switch {
		case len(after) == 0 || len(before) > 0 && id(before[0]) < id(after[0]):
			old, before = &before[0], before[1:]
		case len(before) == 0 || id(after[0]) < id(before[0]):
			now, after = &after[0], after[1:]
		default:
			old, now = &before[0], &after[0]
			before, after = before[1:], after[1:]
			if *old == *now {
				continue
			}
		}
		if err := visit(old, now); err != nil {
			return err
		}
	}
	return nil
}

// diff is the difference between two lists. A changed entry has its new value.
type diff[T any] struct{ gone, changed, come []T }

// diffLists returns all differences, for callers that must not write them in order of id.
func diffLists[T comparable](before, after []T, id func(T) int64) diff[T] {
	var d diff[T]
	_ = forEachChange(before, after, id, func(before, after *T) error {
		switch {
		case after == nil:
			d.gone = append(d.gone, *before)
		case before == nil:
			d.come = append(d.come, *after)
		default:
			d.changed = append(d.changed, *after)
		}
		return nil
	})
	return d
}

// table describes how the entries of a list are stored: one row for each, with the id as key.
type table[T comparable] struct {
	name   string // of an entry, for errors
	id     func(T) int64
	values func([]any, *T) []any // appends the columns that can change
	insert string                // statement with the id, the owner and the values
	update string                // statement with the values and the id
	remove string                // statement with the id
}

// save writes the differences. owner is the id of the company or session of the entries.
func (t table[T]) save(b *batch, owner int64, before, after []T) error {
	var args []any
	return forEachChange(before, after, t.id, func(before, after *T) error {
		switch {
		case after == nil:
			if err := b.one(t.remove, t.id(*before)); err != nil {
				return fmt.Errorf("delete %s: %w", t.name, err)
			}
		case before == nil:
			args = t.values(append(args[:0], t.id(*after), owner), after)
			if err := b.one(t.insert, args...); err != nil {
				return fmt.Errorf("insert %s: %w", t.name, err)
			}
		default:
			args = append(t.values(args[:0], after), t.id(*after))
			if err := b.one(t.update, args...); err != nil {
				return fmt.Errorf("update %s: %w", t.name, err)
			}
		}
		return nil
	})
}
