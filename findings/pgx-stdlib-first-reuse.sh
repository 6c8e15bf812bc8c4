#!/bin/sh
# Tried: github.com/jackc/pgx/v5 v5.13.0 under database/sql, against a server made of its own
#        pgproto3 that ends all connections with 57P01, as a restart does, 2026-12-01.
# Guess: a pool either checks a connection before it is used again, or it does not. A test that uses
#        a connection once, restarts the server and uses the pool again shows which.
# Seen:  the first reuse is always preceded by a ping, and later ones only after a second of
#        idleness. So the test passes (the dead connection is noticed and replaced), and under
#        traffic the same code gets an error for each pooled connection.
# Here:  found while databases were compared. A test of a fail-over must use its connections twice,
#        at once.
set -eu
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding 2> /dev/null
go get github.com/jackc/pgx/v5@v5.13.0 github.com/jackc/pgx/v5/stdlib@v5.13.0 2> /dev/null || exit 2

cat > main.go <<'GO'
package main

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"sync"

	"github.com/jackc/pgx/v5/pgproto3"
	_ "github.com/jackc/pgx/v5/stdlib"
)

// server answers every statement with success.
type server struct {
	mu    sync.Mutex
	conns []net.Conn
	seen  []string
}

func (s *server) accept(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns = append(s.conns, conn)
		s.mu.Unlock()
		go s.serve(conn)
	}
}

func (s *server) serve(conn net.Conn) {
	backend := pgproto3.NewBackend(conn, conn)
	if _, err := backend.ReceiveStartupMessage(); err != nil {
		return
	}
	backend.Send(&pgproto3.AuthenticationOk{})
	backend.Send(&pgproto3.BackendKeyData{ProcessID: 1, SecretKey: []byte{1, 2, 3, 4}})
	for {
		backend.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
		if backend.Flush() != nil {
			return
		}
		message, err := backend.Receive()
		query, ok := message.(*pgproto3.Query)
		if err != nil || !ok {
			return
		}
		s.mu.Lock()
		s.seen = append(s.seen, query.String)
		s.mu.Unlock()
		if query.String == "-- ping" {
			backend.Send(&pgproto3.EmptyQueryResponse{})
		} else {
			backend.Send(&pgproto3.CommandComplete{CommandTag: []byte("SET")})
		}
	}
}

// restart ends all connections and returns the statements that were seen before.
func (s *server) restart() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, conn := range s.conns {
		backend := pgproto3.NewBackend(conn, conn)
		backend.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "57P01", Message: "terminating connection due to administrator command"})
		backend.Flush()
		conn.Close()
	}
	seen := s.seen
	s.conns, s.seen = nil, nil
	return seen
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	s := &server{}
	go s.accept(l)
	for _, uses := range []int{1, 2, 3} {
		db, err := sql.Open("pgx", fmt.Sprintf("postgres://user@%s/db?sslmode=disable&default_query_exec_mode=simple_protocol", l.Addr()))
		if err != nil {
			panic(err)
		}
		db.SetMaxOpenConns(1)
		for range uses {
			if _, err := db.ExecContext(context.Background(), "SET a = 1"); err != nil {
				panic(err)
			}
		}
		fmt.Printf("the server saw %q and restarts\n", s.restart())
		_, err = db.ExecContext(context.Background(), "SET a = 2")
		fmt.Println("the next statement:", err)
		db.Close()
		s.restart()
	}
}
GO
go run . > got

cat > want <<'END'
the server saw ["SET a = 1"] and restarts
the next statement: <nil>
the server saw ["SET a = 1" "-- ping" "SET a = 1"] and restarts
the next statement: FATAL: terminating connection due to administrator command (SQLSTATE 57P01)
the server saw ["SET a = 1" "-- ping" "SET a = 1" "SET a = 1"] and restarts
the next statement: FATAL: terminating connection due to administrator command (SQLSTATE 57P01)
END
diff -u want got
