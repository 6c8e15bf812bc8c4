package store

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// fileNumber returns what the file system knows a file by, which a copy does not share: its inode and, since an inode is used
// again after its file is gone, when it was made, where the file system keeps that. The device is not part of it: its number may
// change when the machine starts.
func fileNumber(path string) (string, error) {
	var s unix.Statx_t
	if err := unix.Statx(unix.AT_FDCWD, path, 0, unix.STATX_INO|unix.STATX_BTIME, &s); err != nil {
		return "", &os.PathError{Op: "statx", Path: path, Err: err}
	}
	if s.Mask&unix.STATX_BTIME == 0 {
		return strconv.FormatUint(s.Ino, 10), nil
	}
	return fmt.Sprintf("%d made %d.%09d", s.Ino, s.Btime.Sec, s.Btime.Nsec), nil
}
