package serve

import (
	"errors"
	"time"

	"github.com/spf13/pflag"

	"seg.example/internal/store"
)

// defaultRetention is how long what may be asked for again is kept.
const defaultRetention = 24 * time.Hour

// bindRetention declares the flags that say how long the log is kept.
func bindRetention(keep *store.Retention, flags *pflag.FlagSet) {
	flags.Int64Var(&keep.Events, "keep-events", 10_000, "broadcasts of a session that are kept for clients that come back")
	flags.DurationVar(&keep.Age, "keep-for", defaultRetention, "how long broadcasts are kept at most")
	flags.DurationVar(&keep.Answers, "keep-answers", defaultRetention, "how long a resent request of a client with a client_key is answered as the first time")
}

// checkRetention refuses what would keep nothing.
func checkRetention(keep store.Retention) error {
	if keep.Events < 1 || keep.Age <= 0 || keep.Answers <= 0 {
		return errors.New("--keep-events, --keep-for and --keep-answers must be more than 0")
	}
	return nil
}
