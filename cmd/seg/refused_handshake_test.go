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

// refusedHandshake connects and returns why it was refused: an HTTP status or a close code, or 0 if
// it was accepted.
func (s *server) refusedHandshake(t *testing.T, query, authorization string) (status int, answer string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waitTimeout)
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
	conn.SetDeadline(time.Now().Add(waitTimeout))
	// An accepted client gets an answer. A refused one has already received the close frame.
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
