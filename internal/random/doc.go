// Package random provides random numbers from the operating system for the rules of the game and for ids.
package random
