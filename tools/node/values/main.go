// Values writes values of two protocols with the verdicts of their Go codecs, as JSON lines, for the tests that hold the
// TypeScript validators against them.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"

	"pgregory.net/rapid"

	"seg.example/gen/wiretest"
	"seg.example/schema"
	"seg.example/tools/schemagen/difftest"
	chat "seg.example/tools/schemagen/testdata/chat/gen/wiretest"
)

// line is a value and its verdict.
type line struct {
	Protocol string `json:"protocol"`
	Type     string `json:"type"` // the definition that it was judged by
	Text     string `json:"text"`
	OK       bool   `json:"ok"`
	Error    string `json:"error,omitempty"`
}

func main() {
	count := flag.Int("count", 10_000, "how many values")
	seed := flag.Int("seed", 1, "of the first value")
	chatSchema := flag.String("chat", "tools/schemagen/testdata/chat/schema", "folder of the second protocol's documents")
	formats := flag.Bool("formats", false, "write texts near the formats instead, with the verdicts of the RFCs' grammars")
	flag.Parse()
	run := func() error { return write(*count, *seed, *chatSchema) }
	if *formats {
		run = func() error { return writeFormats(*count, *seed) }
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "values:", err)
		os.Exit(1)
	}
}

// write writes count values to standard output.
func write(count, seed int, chatSchema string) error {
	suites, err := protocols(chatSchema)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	lines := json.NewEncoder(out)
	for i := range count {
		p := suites[i%len(suites)]
		typ := p.suite.Types[i/len(suites)%len(p.suite.Types)]
		text := rapid.Custom(func(t *rapid.T) string { return string(p.suite.Sample(t, typ)) }).Example(seed + i)
		// Every fifth is put to another type than that which it was drawn from.
		if i%5 == 4 {
			typ = p.suite.Types[(i*7)%len(p.suite.Types)]
		}
		l := line{Protocol: p.name, Type: typ.Name, Text: text, OK: true}
		if err := typ.New().Decode([]byte(text)); err != nil {
			l.OK, l.Error = false, err.Error()
		}
		if err := lines.Encode(l); err != nil {
			return fmt.Errorf("write value: %w", err)
		}
	}
	return errors.Join(out.Flush())
}

// writeFormats writes count texts of each format to standard output. The type of a line is the format.
func writeFormats(count, seed int) error {
	out := bufio.NewWriter(os.Stdout)
	lines := json.NewEncoder(out)
	for _, format := range []string{"date-time", "uuid", "uri", "email"} {
		draw := rapid.Custom(func(t *rapid.T) string { return difftest.DrawFormat(t, format) })
		for i := range count {
			text := draw.Example(seed + i)
			if err := lines.Encode(line{Type: format, Text: text, OK: difftest.Format(format)(text)}); err != nil {
				return fmt.Errorf("write value: %w", err)
			}
		}
	}
	return errors.Join(out.Flush())
}

// protocol is one with its codec.
type protocol struct {
	name  string
	suite *difftest.Suite
}

func protocols(chatSchema string) ([]protocol, error) {
	seg, second := &difftest.Suite{}, &difftest.Suite{}
	var segDocuments, chatDocuments []string
	for _, t := range wiretest.Types() {
		seg.Types = append(seg.Types, difftest.Type{
			Name: t.Name, Document: t.Document, Request: t.Request, New: func() difftest.Value { return t.New() },
		})
		segDocuments = append(segDocuments, t.Document)
	}
	for _, t := range chat.Types() {
		second.Types = append(second.Types, difftest.Type{
			Name: t.Name, Document: t.Document, Request: t.Request, New: func() difftest.Value { return t.New() },
		})
		chatDocuments = append(chatDocuments, t.Document)
	}
	var err error
	if seg.Oracle, err = difftest.NewOracle(schema.FS, once(segDocuments)...); err != nil {
		return nil, fmt.Errorf("first protocol: %w", err)
	}
	if second.Oracle, err = difftest.NewOracle(os.DirFS(chatSchema), once(chatDocuments)...); err != nil {
		return nil, fmt.Errorf("second protocol: %w", err)
	}
	return []protocol{{"seg", seg}, {"chat", second}}, nil
}

// once leaves out what stands twice.
func once(names []string) []string {
	seen := map[string]bool{}
	var all []string
	for _, n := range names {
		if !seen[n] {
			seen[n] = true
			all = append(all, n)
		}
	}
	return all
}
