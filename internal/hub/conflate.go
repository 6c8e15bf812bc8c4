package hub

import "slices"

// conflate merges each event into the next one of the same type and key, if it can. after is the
// seq of the event before the first. It returns the remaining events and how many it removed. It
// reuses the slice and the events' data.
//
// prev_seq in a frame is the seq of the previous frame, and 0 means that none is missing. So the
// first event of a session is never removed.
func conflate(k Conflater, after int64, events []Event) (rest []Event, dropped int) {
	type subject struct{ typ, key string }
	newer := map[subject]int{} // index of the next event with the same subject
	keep := len(events)        // events[keep:] are the remaining events, moved to the end
	for i, e := range slices.Backward(events) {
		key, ok := k.Key(e.Type, e.Data)
		if !ok {
			keep--
			events[keep] = e
			continue
		}
		of := subject{e.Type, key}
		if j, found := newer[of]; found && (i > 0 || after > 0) {
			if merged, ok := k.Merge(e.Type, e.Data, events[j].Data); ok {
				events[j].Data = merged
				continue
			}
		}
		keep--
		events[keep] = e
		newer[of] = keep
	}
	return events[keep:], keep
}
