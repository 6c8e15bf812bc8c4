package store

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// fileNumber returns a number of a file that its copy does not share: the inode and, since inodes
// are reused, the creation time if the file system records it. The device is not included, because
// its number may change when the machine restarts.
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
