//go:build !linux

package child

import "os/exec"

// bind does nothing: this program's own children see their standard input end, and Stop ends the others.
func bind(*exec.Cmd) {}
