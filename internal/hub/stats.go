package hub

import (
	"sync/atomic"

	"seg.example/gen/wire"
)

// Stats is what a Hub has done since it was made.
type Stats struct {
	// Welcomes are the sockets that came to listen to one session, by the reason why they were not resumed; empty: they were. A
	// client that did not ask for it counts as wire.WelcomeReasonNew.
	Welcomes map[wire.WelcomeReason]uint64
	// Resyncs is how often a client was told that events were lost to it.
	Resyncs uint64
	// Conflated are the events that were left out because a later one spoke for them.
	Conflated uint64
	// Behind are the listeners for whom the log is being read now.
	Behind int
}

// Stats counts.
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

// counts is what a Hub counts as it goes. The zero value is ready to use.
type counts struct {
	resumed, fresh, epoch, tooOld, ahead, resyncs, conflated atomic.Uint64

	behind atomic.Int64
}

// welcome counts a socket that came to listen to one session.
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
