package clikit

import (
	"errors"
	"fmt"
	"strings"

	remote "seg.example/gen/client"
)

// Exit codes of the program.
const (
	ExitOK     = 0
	ExitFailed = 1 // the command ran and failed
	ExitUsage  = 2 // the command line is wrong
)

// Failure is the error of a command that ran and failed. Every other error that cobra returns means a wrong command line.
type Failure struct{ err error }

// Error returns the text of the cause.
func (f Failure) Error() string { return f.err.Error() }

// Unwrap returns the cause.
func (f Failure) Unwrap() error { return f.err }

// Failed marks err as a failure of a command that ran, so that the program exits with ExitFailed. err must not be nil.
func Failed(err error) error { return Failure{err} }

// WithDetails adds a line for each field that the server found wrong. It returns any other error as it is.
func WithDetails(err error) error {
	refused, ok := errors.AsType[*remote.Error](err)
	if !ok {
		return err
	}
	var places strings.Builder
	for _, d := range refused.Details {
		fmt.Fprintf(&places, "\n  %s: %s", Visible(d.Path), Visible(d.Message))
	}
	return fmt.Errorf("%w%s", err, places.String())
}
