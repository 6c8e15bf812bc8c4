//go:build unix && !linux

package store

import (
	"os"
	"strconv"
	"syscall"
)

// fileNumber returns a number of a file that its copy does not share. The device is not included,
// because its number may change when the machine restarts.
func fileNumber(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", nil
	}
	return strconv.FormatUint(stat.Ino, 10), nil
}
