package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"seg.example/internal/game"
)

// A program reserves ids in blocks before it uses one of them. So a command writes nothing for its
// ids, and no id is used twice: not by programs that share a database, not after a deletion, not
// after a crash, which only loses the rest of a block.

// ids assigns ids. It is safe for concurrent use.
type ids struct {
	store *Store

	mu     sync.Mutex // held also while a block is reserved
	blocks map[game.Kind]block
}

// block is the unused part of a reserved block: next to last. It is empty if last is less than
// next.
type block struct{ next, last int64 }

func newIDs(s *Store) *ids { return &ids{store: s, blocks: map[game.Kind]block{}} }

// blockSize returns the number of ids in a block: few enough for small gaps after a crash, enough
// that commands rarely wait for a block.
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

// draw returns an id of a kind that is higher than floor, which is an id of this kind or 0.
func (i *ids) draw(kind game.Kind, floor int64) (int64, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	b := i.blocks[kind]
	if b.next <= floor || b.next > b.last { // another program with a later block may have assigned floor
		var err error
		if b, err = i.reserve(kind); err != nil {
			return 0, fmt.Errorf("reserve ids for %s: %w", kind, err)
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

// reserve reserves the next block of a kind. It waits for a commit.
func (i *ids) reserve(kind game.Kind) (block, error) {
	ctx := context.Background() // the block serves all callers, also after this one has been cancelled
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
		if reserved == 1 { // otherwise another program was faster
			return b, nil
		}
	}
	return block{}, errors.New("other programs reserved blocks at the same time, again and again")
}

// release gives back the unused parts of blocks, unless another program has reserved a later block.
// After it, draw reserves a new block.
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
				return fmt.Errorf("give back ids for %s: %w", kind, err)
			}
		}
		return nil
	})
}

// idAllocator assigns the ids of one command. It is the command's game.IDs.
type idAllocator struct {
	ids  *ids
	from *game.Session // the session that the command changes; nil for a new one

	mu     sync.Mutex
	floors map[game.Kind]int64 // highest ids in from, of the kinds used so far
	err    error               // if not nil, an id could not be assigned and the command must fail
}

// NextID assigns an id. After an error the returned id is meaningless, and the command must fail.
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

// failed returns the error of NextID, if any. Then the command must fail.
func (d *idAllocator) failed() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}

// highest returns the highest id of a kind in s, or 0.
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

// lastOf returns the id of the last entry of a list that is sorted by id, or 0.
func lastOf[T any](list []T, id func(T) int64) int64 {
	if len(list) == 0 {
		return 0
	}
	return id(list[len(list)-1])
}
