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

// replies sends pieces to a new server, each with one write, then a close frame, and returns all
// answers. The pieces may end within a frame that swallows the close frame. So another close frame
// follows after a minute, when MessageTimeout has passed.
func replies(t *testing.T, pieces [][]byte) []string {
	t.Helper()
	var got []string
	synctest.Test(t, func(*testing.T) {
		p := pipe(ws.New(dispatch(echo), ws.Config{MaxMessage: 3000, MaxFragments: 4, PingInterval: time.Hour}), route.Caller{})
		defer p.Close()
		var writer sync.WaitGroup
		writer.Go(func() {
			// A write may fail after the server has closed the connection.
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

// anyFrames draws a stream of frames, most of them valid.
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

// TestStream_splitAnywhere: the answers must not depend on how TCP splits a stream.
func TestStream_splitAnywhere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		stream := anyFrames().Draw(rt, "stream")
		whole := replies(t, [][]byte{stream})
		size := rapid.IntRange(1, 600).Draw(rt, "size of a piece")
		chopped := replies(t, slices.Collect(slices.Chunk(stream, size)))
		if !slices.Equal(whole, chopped) {
			rt.Errorf("want the answers to the whole stream %q, got %q for the split one", whole, chopped)
		}
	})
}

// FuzzStream sends any bytes. The server must answer with whole frames, send a close frame and
// close the connection without a reset.
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
			t.Errorf("got %q, want whole frames, a close frame and EOF", got)
		}
	})
}
