package store

import "fmt"

// forEachChange goes through two states of a list at once, which are sorted by number, and calls visit for what is different, in the order
// of the numbers: with nil before for what has come, with nil after for what is gone.
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

// diff is what lies between two states of a list; what has changed is as it is after.
type diff[T any] struct{ gone, changed, come []T }

// diffLists is walk for what must not be written in the order of the numbers.
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

// table is how things that belong to a company, or to a session, are stored: one row each, whose number is its key.
type table[T comparable] struct {
	name   string // of a thing, for errors
	id     func(T) int64
	values func([]any, *T) []any // appends the columns that can change
	insert string                // statement, of the number, whom it belongs to, and the values
	update string                // statement, of the values and the number
	remove string                // statement, of the number
}

// save writes what is different in after; owner is whom it belongs to.
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
