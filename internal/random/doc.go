// Package random provides secure random numbers, for the rules of the game and for ids.
package random
