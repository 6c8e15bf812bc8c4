#!/bin/sh
# Tried: github.com/anishathalye/porcupine v1.3.1, Go 1.26, 2026-12-01.
# Guess: an operation that has returned at 10 is before one that is called at 10. A client's
#        operations one after the other never overlap.
# Seen:  the two count as concurrent, even those of one client. So a read that begins at the
#        timestamp at which a write returned may miss the write, and the history is linearizable.
#        With a clock of milliseconds, a checker passes what it is there to find.
# Here:  the tests take the order of events from a counter, not from a clock.
set -eu
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding 2> /dev/null
go get github.com/anishathalye/porcupine@v1.3.1 2> /dev/null || exit 2

cat > main.go <<'GO'
package main

import (
	"fmt"

	"github.com/anishathalye/porcupine"
)

// A register: write sets it, a read's output is what it holds.
type input struct {
	write bool
	value int
}

func main() {
	register := porcupine.Model{
		Init: func() any { return 0 },
		Step: func(state, in, out any) (bool, any) {
			if in := in.(input); in.write {
				return true, in.value
			}
			return out == state, state
		},
	}
	for _, history := range []struct {
		reader int
		called int64
	}{{1, 9}, {1, 10}, {1, 11}, {0, 10}, {0, 11}} {
		linearizable := porcupine.CheckOperations(register, []porcupine.Operation{
			{ClientId: 0, Input: input{write: true, value: 1}, Call: 0, Output: 0, Return: 10},
			{ClientId: history.reader, Input: input{}, Call: history.called, Output: 0, Return: 20},
		})
		fmt.Printf("client 0 writes 1 from 0 to 10, client %d reads 0 from %d: linearizable %v\n", history.reader, history.called, linearizable)
	}
}
GO
go run . > got

cat > want <<'END'
client 0 writes 1 from 0 to 10, client 1 reads 0 from 9: linearizable true
client 0 writes 1 from 0 to 10, client 1 reads 0 from 10: linearizable true
client 0 writes 1 from 0 to 10, client 1 reads 0 from 11: linearizable false
client 0 writes 1 from 0 to 10, client 0 reads 0 from 10: linearizable true
client 0 writes 1 from 0 to 10, client 0 reads 0 from 11: linearizable false
END
diff -u want got
