package codecs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"seg.example/tools/bench/internal/child"
	"seg.example/tools/bench/internal/stats"
)

// Options of a measurement.
type Options struct {
	Rounds   int           // windows of each peer and case
	Window   time.Duration // how long each is
	Progress io.Writer
	// Start starts the process of the peer called name, which must call Serve.
	Start func(ctx context.Context, name string) (*child.Process, error)
}

// Cases returns all cases in the order of the report.
func Cases() []Case {
	var all []Case
	for _, op := range []Op{DecodeFresh, DecodeReused, EncodeFresh, EncodeReused} {
		for _, subject := range []string{Offer, Company, Companies} {
			all = append(all, Case{op, subject})
		}
	}
	return append(all, Case{FindType, TypeFirst}, Case{FindType, TypeLast})
}

// Figures are the results: for each case and each peer that supports it, one value per round.
type Figures map[Case]map[string]*Figure

// Figure is the cost of one case for a peer.
type Figure struct {
	Nanos         stats.Series
	Allocs, Bytes float64 // of the last round; they do not vary
}

// worker is the process of a peer and its pipes.
type worker struct {
	name     string
	process  *child.Process
	requests *json.Encoder
	results  *json.Decoder
}

// Run measures all peers. For each case and round it measures one window of each peer after the
// other, so that other load on the machine affects all peers equally.
func Run(ctx context.Context, o Options) (_ Figures, err error) {
	var workers []*worker
	defer func() {
		for _, w := range workers {
			err = errors.Join(err, w.process.Stop())
		}
	}()
	for _, name := range Names() {
		process, err := o.Start(ctx, name)
		if err != nil {
			return nil, err
		}
		workers = append(workers, &worker{name, process, json.NewEncoder(process.In), json.NewDecoder(process.Out)})
	}
	figures := Figures{}
	for i, c := range Cases() {
		fmt.Fprintf(o.Progress, "codec %d/%d: %s, %s\n", i+1, len(Cases()), c.Op, c.Subject)
		figures[c] = map[string]*Figure{}
		for range o.Rounds {
			for _, w := range workers {
				if err := w.measure(ctx, c, o.Window, figures[c]); err != nil {
					return nil, err
				}
			}
		}
	}
	return figures, nil
}

// measure adds one window of w to figures.
func (w *worker) measure(ctx context.Context, c Case, window time.Duration, figures map[string]*Figure) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var r Result
	err := w.requests.Encode(measureRequest{c, window})
	if err == nil {
		err = w.results.Decode(&r)
	}
	if err != nil {
		return fmt.Errorf("%s stopped answering: %w", w.name, err)
	}
	if r.Missing {
		return nil
	}
	f := figures[w.name]
	if f == nil {
		f = &Figure{}
		figures[w.name] = f
	}
	f.Nanos = append(f.Nanos, r.Nanos)
	f.Allocs, f.Bytes = r.Allocs, r.Bytes
	return nil
}
