package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// refusedHandshake asks for a connection and returns how it was refused, with a status of HTTP or a close code; 0 if it was not.
func (s *server) refusedHandshake(t *testing.T, query, authorization string) (status int, answer string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	dialer := ws.Dialer{OnStatusError: func(code int, _ []byte, refusal io.Reader) {
		status = code
		response, err := http.ReadResponse(bufio.NewReader(refusal), nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Error(err)
		}
		answer = fmt.Sprint(response.Status, response.Header, string(body))
	}}
	if authorization != "" {
		dialer.Header = ws.HandshakeHeaderHTTP{"Authorization": {authorization}}
	}
	conn, early, _, err := dialer.Dial(ctx, "ws://"+s.addr+"/ws/connect?"+query)
	if err != nil {
		if status == 0 {
			t.Error(err)
		}
		return status, answer
	}
	defer conn.Close()
	if early == nil {
		early = bufio.NewReader(conn)
	}
	conn.SetDeadline(time.Now().Add(patience))
	// Whoever is let in is answered; whoever is not has been told so already.
	if err := wsutil.WriteClientText(conn, []byte(`{"type":"ping"}`)); err != nil {
		t.Error(err)
	}
	header, err := ws.ReadHeader(early)
	if err != nil || header.Length > 1<<10 {
		t.Errorf("%+v, %v", header, err)
		return 0, ""
	}
	payload := make([]byte, header.Length)
	if _, err := io.ReadFull(early, payload); err != nil {
		t.Error(err)
	}
	if header.OpCode == ws.OpClose && len(payload) >= 2 {
		return int(binary.BigEndian.Uint16(payload)), string(payload)
	}
	return 0, ""
}
