package codecs

import (
	"errors"
	"fmt"
	"slices"
)

// Names of the peers.
const (
	Ours = "gen/wire"
	Skip = "jx.Skip (limit)"

	encodingJSON = "encoding/json"
	santhosh     = "encoding/json + santhosh v5"
	goccy        = "goccy/go-json"
	bytedance    = "bytedance/sonic"
	mailru       = "mailru/easyjson"
	goFaster     = "go-faster/jx"
)

// peer is a codec to measure.
type peer struct {
	name  string
	build func(t texts) (tasks, error)
}

// peers returns all peers, the generated codec first.
func peers() []peer {
	return []peer{
		{Ours, ourTasks},
		{goFaster, jxTasks},
		{goccy, goccyTasks},
		{bytedance, sonicTasks},
		{mailru, easyTasks},
		{encodingJSON, stdTasks},
		{santhosh, validatedTasks},
		{Skip, skipTasks},
	}
}

// Names returns the names of the peers in the order of the report.
func Names() []string {
	var names []string
	for _, p := range peers() {
		names = append(names, p.name)
	}
	return names
}

// build returns the tasks of the peer called name.
func build(name string) (tasks, error) {
	all := peers()
	i := slices.IndexFunc(all, func(p peer) bool { return p.name == name })
	if i < 0 {
		return nil, fmt.Errorf("no peer is called %q", name)
	}
	t, err := newTexts()
	if err != nil {
		return nil, err
	}
	made, err := all[i].build(t)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return made, nil
}

// errNoType means that the type of a frame was not found.
var errNoType = errors.New("the type was not found")

// findType returns the task of finding the type of a frame; want is the right one.
func findType(frame []byte, want string, find func(frame []byte) (string, error)) Task {
	return func(n int) error {
		return repeat(n, func() error {
			got, err := find(frame)
			if err == nil && got != want {
				err = errNoType
			}
			return err
		})
	}
}

// addFindType adds finding the type if it is the first and if it is the last member.
func addFindType(all tasks, t texts, find func(frame []byte) (string, error)) {
	all[Case{FindType, TypeFirst}] = findType(t.typeFirst, Offer, find)
	all[Case{FindType, TypeLast}] = findType(t.typeLast, Offer, find)
}
