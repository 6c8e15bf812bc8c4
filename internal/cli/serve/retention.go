package serve

import (
	"errors"
	"time"

	"github.com/spf13/pflag"

	"seg.example/internal/store"
)

// defaultRetention is how long broadcasts and answers are kept by default.
const defaultRetention = 24 * time.Hour

// bindRetention declares the flags that say how long the event log is kept.
func bindRetention(keep *store.Retention, flags *pflag.FlagSet) {
	flags.Int64Var(&keep.Events, "keep-events", 10_000, "number of broadcasts per session that are kept for clients that reconnect")
	flags.DurationVar(&keep.Age, "keep-for", defaultRetention, "maximum age of these broadcasts")
	flags.DurationVar(&keep.Answers, "keep-answers", defaultRetention, "how long a repeated request of a client with a client_key gets its first answer again")
}

// checkRetention returns an error if nothing would be kept.
func checkRetention(keep store.Retention) error {
	if keep.Events < 1 || keep.Age <= 0 || keep.Answers <= 0 {
		return errors.New("--keep-events, --keep-for and --keep-answers must be more than 0")
	}
	return nil
}
