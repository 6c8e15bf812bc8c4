//go:build unix && !linux

package store

import (
	"os"
	"strconv"
	"syscall"
)

// fileNumber returns what the file system knows a file by, which a copy does not share. The device is not part of it: its number
// may change when the machine starts.
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
