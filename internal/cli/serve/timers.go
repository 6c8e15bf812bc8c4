package serve

import (
	"context"

	"seg.example/internal/handler"
	"seg.example/internal/store"
)

// startTimers lets sessions go on by themselves until ctx ends or stop is called, which waits for what is under way.
func startTimers(ctx context.Context, timers *handler.Timers, db *store.Store) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		timers.Run(ctx, db)
	}()
	return func() {
		cancel()
		<-ended
	}
}
