package ws_test

import (
	"io"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"seg.example/gen/route"
	"seg.example/internal/ws"
)

// replies sends pieces to a fresh server, each in one write, a close frame behind them, and returns all that comes back. The pieces
// may end within a frame that swallows the close frame, so a minute later, when the server has given up on unfinished messages,
// there comes another.
func replies(t *testing.T, pieces [][]byte) []string {
	t.Helper()
	var got []string
	synctest.Test(t, func(*testing.T) {
		p := pipe(ws.New(dispatch(echo), ws.Config{MaxMessage: 3000, MaxFragments: 4, PingInterval: time.Hour}), route.Caller{})
		defer p.Close()
		var writer sync.WaitGroup
		writer.Go(func() {
			// A server that has had enough reads no more; that is part of the answer.
			for _, piece := range append(pieces, closing(1000, "")) {
				if _, err := p.Write(piece); err != nil {
					return
				}
			}
			time.Sleep(time.Minute)
			p.Write(closing(1000, ""))
		})
		got = p.readAll()
		writer.Wait()
	})
	return got
}

// anyFrames draws a stream of frames, mostly right.
func anyFrames() *rapid.Generator[[]byte] {
	first := rapid.SampledFrom([]byte{
		fin | opText, fin | opText, fin | opText, opText, opText, opCont, fin | opCont, fin | opCont, fin | opPing, fin | opPong,
		fin | opBinary, fin | rsv1 | opText, opPing, fin | opClose, fin | 0xb,
	})
	payload := rapid.OneOf(
		rapid.SampledFrom([]string{"", "a", "\xe2", "\x82\xac", "\xf0\x9f", "\xff", a(125), a(126), a(520), a(2999), a(3001)}),
		rapid.StringN(0, 700, 1000),
	)
	return rapid.Custom(func(t *rapid.T) []byte {
		var stream []byte
		for range rapid.IntRange(1, 8).Draw(t, "frames") {
			stream = append(stream, frame(first.Draw(t, "first byte"), payload.Draw(t, "payload"))...)
		}
		return stream
	})
}

// TestChoppingChangesNothing: TCP may cut a stream anywhere; the answers must not depend on where it did.
func TestChoppingChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		stream := anyFrames().Draw(rt, "stream")
		whole := replies(t, [][]byte{stream})
		size := rapid.IntRange(1, 600).Draw(rt, "size of a piece")
		chopped := replies(t, slices.Collect(slices.Chunk(stream, size)))
		if !slices.Equal(whole, chopped) {
			rt.Errorf("whole:   %q\nchopped: %q", whole, chopped)
		}
	})
}

// FuzzStream feeds any bytes. Whatever they are, the server answers with whole frames, ends the connection with a close frame and
// then closes it in order.
func FuzzStream(f *testing.F) {
	for _, rows := range [][]row{framing, reserved, fragments, control, encoding} {
		for _, r := range rows {
			f.Add(slices.Concat(r.send...))
		}
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		got := replies(t, [][]byte{stream})
		n := len(got)
		if n < 2 || got[n-1] != "end: "+io.EOF.Error() || got[n-2][:5] != "close" {
			t.Errorf("%q", got)
		}
	})
}
