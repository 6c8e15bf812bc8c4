package httpd_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"testing"

	gobwas "github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"seg.example/internal/httpd"
	"seg.example/internal/ws"
)

// TestClientKey: while a client is connected with a key, only a connection with the same key can take
// its client_id.
func TestClientKey(t *testing.T) {
	t.Parallel()
	s := startServer(t, httpd.Options{})
	const target = "/ws/connect?client_id=c"
	conn, _, _, err := gobwas.Dial(t.Context(), "ws://"+s.address+target+"&client_key="+url.QueryEscape(clientKey))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, query := range []string{"", "&client_key=" + url.QueryEscape(clientKey[:len(clientKey)-1]), "&client_key=" + url.QueryEscape(clientKey) + "2"} {
		wantClosed(t, s, target+query, ws.CloseOtherKey, "client_id is in use by a connection with another client_key")
	}
	// The refused connections did not affect the first one. The dispatcher sees only the key's hash.
	sum := sha256.Sum256([]byte(clientKey))
	if err := wsutil.WriteClientText(conn, []byte("who am I")); err != nil {
		t.Fatal(err)
	}
	if got, err := wsutil.ReadServerText(conn); err != nil || string(got) != "c||false|"+hex.EncodeToString(sum[:]) {
		t.Errorf("got %s, error %v, want the hash of the key", got, err)
	}
	if got := s.request(t, "GET", target+"&client_key="+url.QueryEscape(clientKey), upgrade...); got.status != 101 {
		t.Errorf("the same key: got %d %s, want 101", got.status, got.body)
	}
	if _, err := wsutil.ReadServerText(conn); err == nil {
		t.Error("the first connection is open, want it replaced")
	} else if got := err.Error(); got != `ws closed: 4001 replaced by a newer connection of the same client` {
		t.Errorf("the first connection: got %s, want close code 4001", got)
	}
}
