package random

import (
	"crypto/rand"
	"math/big"
)

// Secure returns random numbers from the operating system. Nobody can predict them. It implements
// game.Rand.
type Secure struct{}

// IntN returns a number from 0 to n-1; all are equally likely. n must be at least 1.
func (Secure) IntN(n int) int {
	// rand.Int fails only for n < 1. Since Go 1.24, a failing random source ends the program.
	number, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		panic(err)
	}
	return int(number.Int64())
}
