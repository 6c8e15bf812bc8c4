package hub

import "slices"

// conflate leaves out events that a later one of the same type and key can speak for, and lets that one do so. after is the number
// of the event before the first. It returns how many it has left out. The slice and its events' data are used again.
//
// A frame tells how many are missing before it by the number of the one that was delivered before. Number 0 would be none, so
// the first event of a session is never left out.
func conflate(k Latest, after int64, events []Event) (rest []Event, dropped int) {
	type subject struct{ typ, key string }
	newer := map[subject]int{} // the one that speaks for those before it
	keep := len(events)        // events[keep:] are those kept, moved to the end
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
