package random

import (
	"crypto/rand"
	"math/big"
)

// Secure is chance that nobody can foresee: the operating system's.
type Secure struct{}

// Roll returns a whole number from 0 to n-1, each equally likely.
func (Secure) Roll(n int) int {
	// rand.Int fails only for n < 1: since Go 1.24 its reader ends the program rather than fail.
	number, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		panic(err)
	}
	return int(number.Int64())
}
