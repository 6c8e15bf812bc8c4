//go:build linux

package sockets

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tick is the unit of processor time in /proc: USER_HZ is 100 on every platform that Go supports.
const tick = 10 * time.Millisecond

// cpuTime returns the processor time of the process pid.
func cpuTime(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("read the processor time of a server: %w", err)
	}
	// The second field, the program's name in parentheses, may hold anything.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	const utime, stime = 11, 12 // fields 14 and 15, counted from the third
	if len(fields) <= stime {
		return 0, fmt.Errorf("/proc/%d/stat has too few fields: %q", pid, text)
	}
	user, err1 := strconv.ParseInt(fields[utime], 10, 64)
	system, err2 := strconv.ParseInt(fields[stime], 10, 64)
	if err := errors.Join(err1, err2); err != nil {
		return 0, fmt.Errorf("/proc/%d/stat: %w", pid, err)
	}
	return time.Duration(user+system) * tick, nil
}

// residentMemory returns the resident memory of the process pid, in bytes.
func residentMemory(pid int) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("read the memory of a server: %w", err)
	}
	_, rest, _ := strings.Cut(string(text), "\nVmRSS:")
	line, _, _ := strings.Cut(rest, "\n")
	kilobytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(line), " kB"), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("/proc/%d/status: %w", pid, err)
	}
	return float64(kilobytes) * 1024, nil
}

// spareFiles is the number of files that a process needs besides its sockets.
const spareFiles = 200

// checkFiles returns an error if a process may not have n sockets. Go raises the soft limit to the
// hard one itself.
func checkFiles(n int) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("read the limit of open files: %w", err)
	}
	if limit.Max < uint64(n)+spareFiles {
		return fmt.Errorf("%d sockets need %d open files, and a process may have %d (ulimit -n)", n, n+spareFiles, limit.Max)
	}
	return nil
}
