package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"seg.example/internal/game"
)

// Numbers are drawn from blocks, each of which a program reserves for itself before it uses one of them. So nothing has to be
// written with a command for its numbers, and no number is drawn twice: not by programs that share a database, not after what
// had it is gone, not after a crash, which only loses the rest of a block.

// ids draws numbers. It is safe for concurrent use.
type ids struct {
	store *Store

	mu     sync.Mutex // held also while a block is reserved
	blocks map[game.Kind]block
}

// block is what is left of a reserved block: next to last, nothing when last is less.
type block struct{ next, last int64 }

func newIDs(s *Store) *ids { return &ids{store: s, blocks: map[game.Kind]block{}} }

// blockSize returns how many numbers are reserved at once: few enough that nobody minds a gap, so many that it is rarely waited for.
func blockSize(k game.Kind) int64 {
	switch k {
	case game.KindCompany:
		return 32
	case game.KindOffer, game.KindCredit, game.KindDeposit:
		return 64
	case game.KindFactory:
		return 1024
	}
	return 64
}

// draw returns a number of a kind that is higher than floor, which is one of this kind or 0.
func (i *ids) draw(kind game.Kind, floor int64) (int64, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	b := i.blocks[kind]
	if b.next <= floor || b.next > b.last { // floor may be of another program, which has reserved a later block
		var err error
		if b, err = i.reserve(kind); err != nil {
			return 0, fmt.Errorf("reserve numbers for %s: %w", kind, err)
		}
	}
	id := b.next
	b.next++
	i.blocks[kind] = b
	return id, nil
}

const (
	selectLast = "SELECT last FROM ids WHERE kind = ?"

	reserveIDs = `INSERT INTO ids (kind, last) VALUES (?1, ?2)
		ON CONFLICT (kind) DO UPDATE SET last = EXCLUDED.last WHERE last = ?3`

	returnIDs = "UPDATE ids SET last = ?2 WHERE kind = ?1 AND last = ?3"
)

// reserve takes the next block of a kind. It waits for a commit.
func (i *ids) reserve(kind game.Kind) (block, error) {
	ctx := context.Background() // what is reserved is for everyone, not only for who asks
	for range maxAttempts {
		var last int64
		err := i.store.reader.QueryRowContext(ctx, selectLast, kind).Scan(&last)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return block{}, err
		}
		b := block{next: last + 1, last: last + blockSize(kind)}
		var reserved int64
		err = i.store.writer.submit(func(w *batch) (err error) {
			reserved, err = w.count(reserveIDs, string(kind), b.last, last)
			return err
		})
		if err != nil {
			return block{}, err
		}
		if reserved == 1 { // else another program was faster
			return b, nil
		}
	}
	return block{}, errors.New("other programs were faster each time")
}

// release returns what is left of the blocks, where no other program has reserved a later one. A later draw begins anew.
func (i *ids) release() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	blocks := i.blocks
	i.blocks = map[game.Kind]block{}
	if len(blocks) == 0 {
		return nil
	}
	return i.store.writer.submit(func(w *batch) error {
		for kind, b := range blocks {
			if _, err := w.exec(returnIDs, string(kind), b.next-1, b.last); err != nil {
				return fmt.Errorf("give back numbers for %s: %w", kind, err)
			}
		}
		return nil
	})
}

// idAllocator draws numbers for one command. It is the command's game.IDs.
type idAllocator struct {
	ids  *ids
	from *game.Session // that the command is applied to; nil: a new one

	mu     sync.Mutex
	floors map[game.Kind]int64 // highest numbers in from, of the kinds drawn so far
	err    error               // why a number was none: the command must fail
}

// NextID draws a number. What it returns after it could not is only to be thrown away.
func (d *idAllocator) NextID(kind game.Kind) int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	floor, known := d.floors[kind]
	if !known {
		floor = highest(d.from, kind)
		if d.floors == nil {
			d.floors = map[game.Kind]int64{}
		}
		d.floors[kind] = floor
	}
	id, err := d.ids.draw(kind, floor)
	if err != nil {
		d.err = err
		return floor + 1
	}
	return id
}

// failed says why the command must fail, nil when it need not.
func (d *idAllocator) failed() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}

// highest returns the highest number of a kind in s, 0 without any.
func highest(s *game.Session, kind game.Kind) int64 {
	if s == nil {
		return 0
	}
	var top int64
	switch kind {
	case game.KindCompany:
		top = lastOf(s.Companies, companyID)
	case game.KindOffer:
		top = lastOf(s.Offers, offerID)
	case game.KindFactory:
		for _, c := range s.Companies {
			top = max(top, lastOf(c.Factories, factoryID))
		}
	case game.KindCredit:
		for _, c := range s.Companies {
			top = max(top, lastOf(c.Credits, creditID))
		}
	case game.KindDeposit:
		for _, c := range s.Companies {
			top = max(top, lastOf(c.Deposits, depositID))
		}
	}
	return top
}

// lastOf returns the number of the last in a list that is sorted by number, 0 without any.
func lastOf[T any](list []T, id func(T) int64) int64 {
	if len(list) == 0 {
		return 0
	}
	return id(list[len(list)-1])
}
