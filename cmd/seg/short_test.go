package main

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// endIfShort ends the process if the flag -short is set: every test here starts the whole program,
// and they take more than a minute. The packages below internal/cli have short tests.
func endIfShort() {
	flag.Parse()
	if testing.Short() {
		fmt.Println("left out: the tests of the whole program take long: make test runs them")
		os.Exit(0)
	}
}
