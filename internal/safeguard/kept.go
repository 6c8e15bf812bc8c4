//go:build !unsafe

package safeguard

// Off tells whether a safeguard is left out: in this build, never.
func Off(Name) bool { return false }
