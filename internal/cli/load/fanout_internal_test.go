package load

import (
	"bufio"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobwas/ws/wsutil"
)

// TestFanOut_missed: events that do not reach a listener are counted, in the middle of the run and
// at its end.
func TestFanOut_missed(t *testing.T) {
	t.Parallel()
	server, conn := net.Pipe()
	r := newTestRun(config{duration: time.Minute, timeout: time.Minute}, "fanout", io.Discard)
	f := fanOut{
		client: &client{testRun: r}, arrivals: r.addRecorder("arrival"), first: 2, sent: make([]atomic.Int64, sentBufferSize), began: time.Now(),
	}
	f.last.Store(9)
	sent := make(chan error, 1)
	go func() {
		for _, text := range []string{
			`{"type":"api-update_user","data":{},"seq":2,"session_id":"G"}`, `{"type":"api-create_user","data":{},"seq":3,"session_id":"G"}`,
			`{"type":"api-update_user","data":{},"seq":5,"session_id":"G"}`, `{"type":"api-update_user","data":{},"seq":6,"session_id":"G"}`,
			`{"type":"api-session_deleted","data":{},"seq":10,"session_id":"G"}`,
		} {
			if err := wsutil.WriteServerText(server, []byte(text)); err != nil {
				sent <- err
				return
			}
		}
		_, err := io.Copy(io.Discard, server) // reads the close frame, so that the other side does not wait
		sent <- err
	}()
	f.listen(t.Context(), 0, &socket{conn: conn, in: bufio.NewReader(conn)})
	if err := <-sent; err != nil {
		t.Error(err)
	}
	server.Close()
	report := r.report()
	// Missed: 3 and 4 in the middle, 7 to 9 at the end.
	if got := report.Errors["arrivals missed"]; got != 5 || report.ErrorCount() != 5 || report.Measures[0].Count != 3 {
		t.Errorf("%+v", report)
	}
}

func TestEventSeq(t *testing.T) {
	t.Parallel()
	for frame, want := range map[string]int64{
		`{"type":"api-update_user","data":{"seq":4,"x":",\"seq\":5"},"seq":17,"session_id":"G","timestamp":1}`: 17,
		`{"type":"api-update_user","data":{},"seq":17,"session_id":"G","timestamp":1,"prev_seq":3}`:            17,
		`{"type":"api-update_users","data":{},"seq":17}`:                                                       0,
		`{"type":"api-update_user","data":{}}`:                                                                 0,
		`{"type":"api-update_user","data":{},"seq":`:                                                           0,
		`{}`: 0,
	} {
		if got, ok := eventSeq([]byte(frame), "api-update_user"); got != want || ok != (want != 0) {
			t.Errorf("%s: %d %v, want %d", frame, got, ok, want)
		}
	}
}
