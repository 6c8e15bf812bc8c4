package codecs

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"syscall"
	"time"
)

// measureRequest asks the process of a peer to measure one case for a window.
type measureRequest struct {
	Case   Case
	Window time.Duration
}

// Result is the result of a window, for one run of the operation.
type Result struct {
	Missing bool    // the peer cannot do this
	Nanos   float64 // processor time of the whole process, its garbage collector included
	Allocs  float64
	Bytes   float64 // allocated
}

// Serve is the process of a peer. It reads requests, one JSON value each, and answers each with a
// Result until in ends. It uses one processor, so that garbage collection counts for the peer that
// causes it.
func Serve(name string, in io.Reader, out io.Writer) error {
	runtime.GOMAXPROCS(1)
	all, err := build(name)
	if err != nil {
		return err
	}
	orders, results := json.NewDecoder(bufio.NewReader(in)), json.NewEncoder(out)
	for {
		var o measureRequest
		if err := orders.Decode(&o); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read a request: %w", err)
		}
		result := Result{Missing: true}
		if task := all[o.Case]; task != nil {
			if result, err = measure(task, o.Window); err != nil {
				return fmt.Errorf("%s, %s: %w", o.Case.Op, o.Case.Subject, err)
			}
		}
		if err := results.Encode(result); err != nil {
			return fmt.Errorf("write a result: %w", err)
		}
	}
}

// measure runs task for about window, after warming up for a tenth of it, which also shows how long
// one run takes.
func measure(task Task, window time.Duration) (Result, error) {
	n, took := 0, time.Duration(0)
	for took < window/10 {
		n = max(1, 2*n)
		start := time.Now()
		if err := task(n); err != nil {
			return Result{}, err
		}
		took = time.Since(start)
	}
	n = max(1, int(float64(n)*float64(window)/float64(took)))
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start, err := cpuTime()
	if err != nil {
		return Result{}, err
	}
	if err := task(n); err != nil {
		return Result{}, err
	}
	end, err := cpuTime()
	if err != nil {
		return Result{}, err
	}
	runtime.ReadMemStats(&after)
	per := func(v uint64) float64 { return float64(v) / float64(n) }
	return Result{
		Nanos:  float64(end-start) / float64(n),
		Allocs: per(after.Mallocs - before.Mallocs),
		Bytes:  per(after.TotalAlloc - before.TotalAlloc),
	}, nil
}

// cpuTime returns the processor time of this process. Other processes do not affect it, unlike the
// clock.
func cpuTime() (time.Duration, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, fmt.Errorf("read the processor time: %w", err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), nil
}
