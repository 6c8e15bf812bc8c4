package random

import (
	"crypto/rand"
	"math/big"
)

// Secure draws random numbers from the operating system. Nobody can predict them.
type Secure struct{}

// IntN returns a whole number from 0 to n-1, each equally likely.
func (Secure) IntN(n int) int {
	// rand.Int fails only for n < 1: since Go 1.24 its reader ends the program rather than fail.
	number, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		panic(err)
	}
	return int(number.Int64())
}
