package client_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	client "seg.example/tools/schemagen/internal/gogen/runtime/client"
)

// told formats an event as tests compare it.
func told(e client.Event) string {
	at := e.At()
	text := fmt.Sprintf("%s #%d<%d %s %d", e.Type(), at.Seq, at.PrevSeq, at.SessionID, at.Time.UnixMilli())
	switch e := e.(type) {
	case *client.Added:
		return fmt.Sprintf("%s n=%d", text, e.Data.N)
	case *client.Welcome:
		return fmt.Sprintf("%s %v %t %d-%d %s", text, e.Position, e.Resumed, e.From, e.To, e.Reason)
	case *client.Resync:
		return fmt.Sprintf("%s %v %s", text, e.Position, e.Reason)
	case *client.Unknown:
		return fmt.Sprintf("%s unknown %v", text, e.Err)
	case *client.Refused:
		return fmt.Sprintf("refused %v", e.Err)
	}
	return ""
}

func TestEvents(t *testing.T) {
	t.Parallel()
	rows := []struct{ frame, want string }{
		{`{"type":"added","data":{"n":5},"seq":1,"session_id":"G1","timestamp":1700000000001}`, "added #1<0 G1 1700000000001 n=5"},
		{`{"type":"added","data":{"n":6},"seq":4,"session_id":"G\"1","timestamp":1,"prev_seq":1}`, `added #4<1 G"1 1 n=6`},
		{`{"type":"added","data":{"n":7}}`, "added #0<0  -62135596800000 n=7"},
		{`{"type":"added","data":{"m":7},"seq":2}`, "added #2<0  -62135596800000 unknown n is required"},
		{`{"type":"added","seq":2}`, "added #2<0  -62135596800000 unknown n is required"},
		{`{"type":"added","data":{"n":5},"seq":1.5}`, `added #0<0  -62135596800000 unknown strconv.ParseInt: parsing "1.5": invalid syntax`},
		{`{"type":"later","data":{"n":7},"seq":3,"session_id":"G1"}`, "later #3<0 G1 -62135596800000 unknown <nil>"},
		{`{"type":"welcome","session_id":"G1","epoch":"e","last_seq":9,"resumed":true,"from":3,"to":9}`, "welcome #0<0 G1 -62135596800000 {e 9} true 3-9 "},
		{`{"type":"welcome","session_id":"G1","epoch":"e","last_seq":9,"resumed":false,"reason":"new"}`, "welcome #0<0 G1 -62135596800000 {e 9} false 0-0 new"},
		{`{"type":"resync","session_id":"G1","epoch":"f","last_seq":0,"reason":"epoch"}`, "resync #0<0 G1 -62135596800000 {f 0} epoch"},
		{`{"type":"welcome","session_id":"G1"}`, "welcome #0<0 G1 -62135596800000 unknown <nil>"},
		{`{"type":"resync","epoch":"f","last_seq":"0"}`, "resync #0<0  -62135596800000 unknown <nil>"},
		{`{"type":"error","message":"No","error":"No","code":"too_large"}`, "refused too_large: No"},
		{`{"type":"error","message":"No","request_id":"not ours"}`, "refused No"},
		{`{"type":"error"}`, "error #0<0  -62135596800000 unknown <nil>"},
	}
	var got, want []string
	o := client.Options{OnEvent: func(e client.Event) { got = append(got, told(e), string(e.At().Frame)) }}
	play(t, o, func(_ *client.Client, s *server) {
		t := s.t
		for _, row := range rows {
			want = append(want, row.want, row.frame)
			s.send(row.frame)
		}
		synctest.Wait()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func added(n int) string { return fmt.Sprintf(`{"type":"added","data":{"n":%d}}`, n) }

// TestEvents_behindHandshake: events in the same packet as the handshake are not lost.
func TestEvents_behindHandshake(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got []string
		early := append([]byte{0x81, byte(len(added(1)))}, added(1)...)
		c, s := connect(t, client.Options{OnEvent: func(e client.Event) { got = append(got, told(e)) }}, early)
		s.send(added(2))
		synctest.Wait()
		if len(got) != 2 || !strings.HasSuffix(got[0], "n=1") || !strings.HasSuffix(got[1], "n=2") {
			t.Errorf("got %q", got)
		}
		s.conn.Close()
		<-c.Done()
	})
}

// TestEvents_callsFromListener: OnEvent may call methods while more events arrive, and may close
// the client.
func TestEvents_callsFromListener(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ready := make(chan *client.Client, 1)
		var answers []any
		o := client.Options{OnEvent: func(client.Event) {
			c := <-ready
			n, err := number(c.Find(t.Context(), &client.Number{}))
			answers = append(answers, n, err)
			c.Close()
		}}
		c, s := connect(t, o, nil)
		ready <- c
		s.send(added(1))
		s.want(`text:{"type":"find","request_id":1,"n":0}`)
		s.send(added(2), `{"type":"response","request_id":1,"data":{"n":3}}`)
		s.want("close:1000")
		s.conn.Close()
		<-c.Done()
		if len(answers) != 2 || answers[0] != int64(3) || answers[1] != nil {
			t.Errorf("got %v", answers)
		}
	})
}

// TestEvents_slowListener: a slow OnEvent does not delay answers. If the queue overflows, OnEvent
// gets all queued events, and then the client ends.
func TestEvents_slowListener(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got []string
		o := client.Options{
			OnEvent:    func(e client.Event) { time.Sleep(time.Hour); got = append(got, told(e)) },
			MaxBacklog: 3 * len(added(1)),
			KeepAlive:  -1,
		}
		c, s := connect(t, o, nil)
		s.send(added(1))
		synctest.Wait() // OnEvent has the event
		s.send(added(2), added(3), added(4))
		done := begin(func() (any, error) { return number(c.Find(t.Context(), &client.Number{})) })
		s.want(`text:{"type":"find","request_id":1,"n":0}`)
		s.send(`{"type":"response","request_id":1,"data":{"n":3}}`)
		if got := <-done; got.err != nil {
			t.Errorf("a call during a slow OnEvent: got %v", got.err)
		}
		s.send(added(5))
		s.want("close:1000")
		s.conn.Close()
		<-c.Done()
		if len(got) != 4 || !strings.HasSuffix(got[3], "n=4") {
			t.Errorf("got %q", got)
		}
		if !errors.Is(c.Err(), client.ErrSlow) {
			t.Errorf("got end %v", c.Err())
		}
	})
}
