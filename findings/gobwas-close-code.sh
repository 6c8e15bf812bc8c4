#!/bin/sh
# Tried: github.com/gobwas/ws 1.5.0, github.com/gorilla/websocket 1.5.3 and github.com/coder/websocket
#        1.8.15, Go, 2026-12-01.
# Guess: a client that reads a close frame reports its code, also when it can no longer answer the
#        frame because the server has closed the connection. The answer has no use then.
# Seen:  gorilla and coder report the code 4000. wsutil.ReadServerText of gobwas returns the error of its
#        own answer, and the code is lost: the client cannot tell a planned restart from a broken network.
# Here:  the tests that read with wsutil ignore write errors (lenientWriter in cmd/seg). The server does not use
#        wsutil.
set -eu
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
export GOFLAGS=-mod=mod GOWORK=off
cat > go.mod <<'MOD'
module example.test/close

go 1.24
MOD
go get github.com/gobwas/ws@v1.5.0 github.com/gorilla/websocket@v1.5.3 github.com/coder/websocket@v1.8.15 2>/dev/null || exit 2

cat > main.go <<'GO'
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"

	coder "github.com/coder/websocket"
	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	gorilla "github.com/gorilla/websocket"
)

// gone is a connection that can be read, and written only until the handshake is over.
type gone struct {
	net.Conn
	over atomic.Bool
}

func (g *gone) Write(p []byte) (int, error) {
	if g.over.Load() {
		return 0, errors.New("broken pipe")
	}
	return g.Conn.Write(p)
}

func main() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, _, err := ws.UpgradeHTTP(r, w)
		if err != nil {
			panic(err)
		}
		frame := ws.NewCloseFrame(ws.NewCloseFrameBody(4000, "restarting"))
		if err := ws.WriteFrame(conn, frame); err != nil {
			panic(err)
		}
		_, _ = io.Copy(io.Discard, conn)
	}))
	defer server.Close()
	url := "ws" + strings.TrimPrefix(server.URL, "http")
	ctx := context.Background()
	dial := func(g *gone) func(context.Context, string, string) (net.Conn, error) {
		return func(ctx context.Context, network, addr string) (conn net.Conn, err error) {
			g.Conn, err = new(net.Dialer).DialContext(ctx, network, addr)
			return g, err
		}
	}

	var g1 gone
	conn, early, _, err := ws.Dialer{NetDial: dial(&g1)}.Dial(ctx, url)
	if err != nil {
		panic(err)
	}
	g1.over.Store(true)
	var in io.Reader = conn
	if early != nil {
		in = early
	}
	_, err = wsutil.ReadServerText(struct {
		io.Reader
		io.Writer
	}{in, conn})
	var closed wsutil.ClosedError
	fmt.Println("gobwas: close code known:", errors.As(err, &closed), "-", err)

	var g2 gone
	second, _, err := (&gorilla.Dialer{NetDialContext: dial(&g2)}).Dial(url, nil)
	if err != nil {
		panic(err)
	}
	g2.over.Store(true)
	_, _, err = second.ReadMessage()
	fmt.Println("gorilla: close code known:", gorilla.IsCloseError(err, 4000))

	var g3 gone
	third, _, err := coder.Dial(ctx, url, &coder.DialOptions{HTTPClient: &http.Client{Transport: &http.Transport{DialContext: dial(&g3)}}})
	if err != nil {
		panic(err)
	}
	g3.over.Store(true)
	_, _, err = third.Read(ctx)
	fmt.Println("coder: close code known:", coder.CloseStatus(err) == 4000)
}
GO
go run . > got

cat > want <<'END'
gobwas: close code known: false - broken pipe
gorilla: close code known: true
coder: close code known: true
END
diff -u want got
