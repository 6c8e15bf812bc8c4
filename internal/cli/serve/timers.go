package serve

import (
	"context"

	"seg.example/internal/handler"
	"seg.example/internal/store"
)

// startTimers advances sessions by their timers until ctx ends or stop is called. stop waits until
// the timers have stopped.
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
