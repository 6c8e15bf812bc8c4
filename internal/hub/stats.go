package hub

import (
	"sync/atomic"

	"seg.example/gen/wire"
)

// Stats counts what a Hub has done since New.
type Stats struct {
	// Welcomes counts subscriptions to one session by the reason why they did not resume; empty:
	// they did. A client that did not ask to resume counts as wire.WelcomeReasonNew.
	Welcomes map[wire.WelcomeReason]uint64
	// Resyncs counts resync frames. Each tells a client that it lost events.
	Resyncs uint64
	// Conflated counts events that were merged into a later one.
	Conflated uint64
	// Behind is the number of subscribers that catch up now.
	Behind int
}

// Stats returns the current counts.
func (h *Hub) Stats() Stats {
	c := &h.counts
	return Stats{
		Welcomes: map[wire.WelcomeReason]uint64{
			"":                       c.resumed.Load(),
			wire.WelcomeReasonNew:    c.fresh.Load(),
			wire.WelcomeReasonEpoch:  c.epoch.Load(),
			wire.WelcomeReasonTooOld: c.tooOld.Load(),
			wire.WelcomeReasonAhead:  c.ahead.Load(),
		},
		Resyncs: c.resyncs.Load(), Conflated: c.conflated.Load(), Behind: int(c.behind.Load()),
	}
}

// counts holds the counters of a Hub. The zero value is ready to use.
type counts struct {
	resumed, fresh, epoch, tooOld, ahead, resyncs, conflated atomic.Uint64

	behind atomic.Int64
}

// welcome counts a subscription to one session.
func (c *counts) welcome(reason wire.WelcomeReason) {
	switch reason {
	case "":
		c.resumed.Add(1)
	case wire.WelcomeReasonNew:
		c.fresh.Add(1)
	case wire.WelcomeReasonEpoch:
		c.epoch.Add(1)
	case wire.WelcomeReasonTooOld:
		c.tooOld.Add(1)
	case wire.WelcomeReasonAhead:
		c.ahead.Add(1)
	}
}
