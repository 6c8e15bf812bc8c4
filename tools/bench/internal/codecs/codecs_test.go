package codecs_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"seg.example/tools/bench/internal/child"
	"seg.example/tools/bench/internal/codecs"
	"seg.example/tools/bench/internal/stats"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestPeers builds every peer, which verifies its results, and runs all its tasks once.
func TestPeers(t *testing.T) {
	t.Parallel()
	for _, name := range codecs.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tasks, err := codecs.Build(name)
			if err != nil {
				t.Fatal(err)
			}
			want := len(codecs.Cases())
			switch name {
			case codecs.Skip:
				want = 3
			case "encoding/json + santhosh v5":
				want = 6
			}
			if len(tasks) != want {
				t.Errorf("got %d tasks, want %d", len(tasks), want)
			}
			for c, task := range tasks {
				if err := task(3); err != nil {
					t.Errorf("%s, %s: got %v, want no error", c.Op, c.Subject, err)
				}
			}
		})
	}
	if _, err := codecs.Build("nobody"); err == nil {
		t.Error("unknown peer: got no error, want one")
	}
}

// TestProof: a codec that fails to decode or encode, or encodes something else, is refused.
func TestProof(t *testing.T) {
	t.Parallel()
	read := func(text []byte, v *int) error { return json.Unmarshal(text, v) }
	write := func(v *int) ([]byte, error) { return json.Marshal(v) }
	broken := errors.New("broken")
	for _, x := range []struct {
		name   string
		decode func([]byte, *int) error
		encode func(*int) ([]byte, error)
		want   string
	}{
		{"right", read, write, ""},
		{"does not read", func([]byte, *int) error { return broken }, write, "decode: broken"},
		{"reads something else", func([]byte, *int) error { return nil }, write, "wrote 0"},
		{"does not write", read, func(*int) ([]byte, error) { return []byte("17"), broken }, "encode: broken"},
		{"writes no JSON", read, func(*int) ([]byte, error) { return []byte("1 7"), nil }, "invalid character"},
	} {
		err := codecs.Codec(x.decode, x.encode)
		if x.want == "" && err != nil || x.want != "" && (err == nil || !strings.Contains(err.Error(), x.want)) {
			t.Errorf("%s: got %v, want %q", x.name, err, x.want)
		}
	}
}

// TestServe sends requests to Serve.
func TestServe(t *testing.T) { //nolint:paralleltest // it counts the allocations of the whole process
	orders, results := io.Pipe()
	answers, out := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- codecs.Serve(codecs.Skip, orders, out)
		out.Close()
	}()
	ask := func(text string) (r codecs.Result) {
		t.Helper()
		if _, err := io.WriteString(results, text); err != nil {
			t.Fatal(err)
		}
		if err := json.NewDecoder(answers).Decode(&r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	const window = 5 * time.Millisecond
	can, _ := json.Marshal(map[string]any{"Case": codecs.Case{Op: codecs.DecodeReused, Subject: codecs.Company}, "Window": window})
	cannot, _ := json.Marshal(map[string]any{"Case": codecs.Case{Op: codecs.EncodeFresh, Subject: codecs.Company}, "Window": window})
	if r := ask(string(can)); r.Missing || r.Nanos < 10 || r.Nanos > 1e6 || r.Allocs > 0.5 {
		t.Errorf("skipping a company: got %+v, want 10 ns to 1 ms without allocations", r)
	}
	if r := ask(string(cannot)); !r.Missing {
		t.Errorf("encoding by a peer that only skips: got %+v, want Missing", r)
	}
	results.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := codecs.Serve(codecs.Skip, strings.NewReader("?"), io.Discard); err == nil {
		t.Error("request that is not JSON: got no error, want one")
	}
	if err := codecs.Serve("nobody", strings.NewReader(""), io.Discard); err == nil {
		t.Error("unknown peer: got no error, want one")
	}
}

// TestRunFails: a peer that ends early is an error, not a gap in the table.
func TestRunFails(t *testing.T) {
	t.Parallel()
	_, err := codecs.Run(t.Context(), codecs.Options{
		Rounds: 1, Window: time.Millisecond, Progress: io.Discard,
		Start: func(ctx context.Context, _ string) (*child.Process, error) {
			return child.Start(ctx, exec.CommandContext(ctx, "sh", "-c", "echo no idea >&2; exit 3"))
		},
	})
	if err == nil || !strings.Contains(err.Error(), "stopped answering") || !strings.Contains(err.Error(), "no idea") {
		t.Errorf("got %v, want an error with the peer's standard error", err)
	}
}

// TestGoals: goals are relative to the fastest peer in each window. The limit that only skips JSON
// is not a peer.
func TestGoals(t *testing.T) {
	t.Parallel()
	figures := codecs.Figures{
		{Op: codecs.DecodeFresh, Subject: codecs.Offer}: {
			codecs.Ours:                   {Nanos: stats.Series{100, 200, 100}},
			"fast":                        {Nanos: stats.Series{150, 300, 150}},
			"slow":                        {Nanos: stats.Series{900, 900, 900}},
			"encoding/json + santhosh v5": {Nanos: stats.Series{5000, 5000, 5000}},
		},
		{Op: codecs.DecodeReused, Subject: codecs.Offer}: {
			codecs.Ours: {Nanos: stats.Series{90}, Allocs: 1.004}, codecs.Skip: {Nanos: stats.Series{60}},
		},
		{Op: codecs.FindType, Subject: codecs.TypeFirst}: {codecs.Ours: {Nanos: stats.Series{101}}},
	}
	got := map[string]float64{}
	reached := map[string]bool{}
	for _, g := range figures.Goals() {
		got[g.Text], reached[g.Text] = g.Got, g.Reached()
	}
	for text, want := range map[string]float64{
		"decode create-exchange-offer: × faster than the fastest peer":                    1.5,
		"decode create-exchange-offer: × faster than the validating peer":                 50,
		"decode create-exchange-offer into the same value: × the time of jx.Skip":         1.5,
		"decode create-exchange-offer into the same value: allocations":                   1,
		"find the type of a frame where it stands first: ns":                              101,
		"encode create-exchange-offer into its own slice: × faster than the fastest peer": math.NaN(),
	} {
		v, there := got[text]
		if !there || math.Abs(v-want) > 1e-9 || math.IsNaN(v) != math.IsNaN(want) {
			t.Errorf("%s: got %v, want %v", text, v, want)
		}
	}
	for text, want := range map[string]bool{
		"decode create-exchange-offer: × faster than the fastest peer":            true,
		"decode create-exchange-offer into the same value: × the time of jx.Skip": false,
		"find the type of a frame where it stands first: ns":                      false,
	} {
		if reached[text] != want {
			t.Errorf("%s: got reached %v, want %v", text, reached[text], want)
		}
	}
	var b strings.Builder
	if err := figures.Table().Write(&b); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "| decode, new value  | create-exchange-offer | gen/wire") {
		t.Error(b.String())
	}
}
