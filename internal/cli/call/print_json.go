package call

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
)

// jsonValue is a JSON value that keeps the order of its members.
type jsonValue struct {
	text    string // of a scalar, as printed
	members []jsonMember
	items   []jsonValue
	kind    byte // '{', '[', or 0 for a scalar
}

// jsonMember is a member of an object.
type jsonMember struct {
	name  string
	value jsonValue
}

// printJSON prints JSON for people: an object as one line per member, a list of flat objects as a
// table, null and an empty list as "none". It quotes strings with characters that a terminal would
// interpret.
func printJSON(out io.Writer, data json.RawMessage) error {
	in := json.NewDecoder(bytes.NewReader(data))
	in.UseNumber()
	v, err := readValue(in)
	if err != nil {
		return fmt.Errorf("cannot read the answer: %w", err)
	}
	var text strings.Builder
	if string(data) == "null" || v.kind == '[' && len(v.items) == 0 {
		text.WriteString("none\n")
	} else {
		v.writeBlock(&text, "")
	}
	_, err = io.WriteString(out, text.String())
	return err
}

// readValue reads one value.
func readValue(in *json.Decoder) (jsonValue, error) {
	token, err := in.Token()
	if err != nil {
		return jsonValue{}, err
	}
	switch token := token.(type) {
	case json.Delim:
		return readComposite(in, byte(token))
	case string:
		return jsonValue{text: printable(token)}, nil
	case nil:
		return jsonValue{text: "null"}, nil
	}
	return jsonValue{text: fmt.Sprint(token)}, nil
}

// readComposite reads an object or an array after its opening bracket.
func readComposite(in *json.Decoder, kind byte) (jsonValue, error) {
	v := jsonValue{kind: kind}
	for in.More() {
		name := ""
		if kind == '{' {
			token, err := in.Token()
			if err != nil {
				return jsonValue{}, err
			}
			name = printable(fmt.Sprint(token))
		}
		item, err := readValue(in)
		if err != nil {
			return jsonValue{}, err
		}
		if kind == '{' {
			v.members = append(v.members, jsonMember{name, item})
		} else {
			v.items = append(v.items, item)
		}
	}
	_, err := in.Token()
	return v, err
}

// printable returns s, quoted if it is empty or has characters that are not printable.
func printable(s string) string {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}

// inline returns v on one line. It returns false if v needs more lines.
func (v *jsonValue) inline() (string, bool) {
	switch v.kind {
	case 0:
		return v.text, true
	case '{':
		return "{}", len(v.members) == 0
	}
	var items []string
	for i := range v.items {
		if v.items[i].kind != 0 {
			return "", false
		}
		items = append(items, v.items[i].text)
	}
	return "[" + strings.Join(items, ", ") + "]", true
}

// flat returns the members of v, each on one line. It returns false if v is not an object or a
// member needs more lines.
func (v *jsonValue) flat() ([]string, bool) {
	var cells []string
	for i := range v.members {
		cell, ok := v.members[i].value.inline()
		if !ok {
			return nil, false
		}
		cells = append(cells, cell)
	}
	return cells, v.kind == '{'
}

// writeBlock prints v on lines of its own.
func (v *jsonValue) writeBlock(out *strings.Builder, indent string) {
	switch v.kind {
	case '{':
		v.writeObject(out, indent)
	case '[':
		v.writeList(out, indent)
	default:
		fmt.Fprintf(out, "%s%s\n", indent, v.text)
	}
}

// writeObject prints the members of v. Members that need one line are in two columns.
func (v *jsonValue) writeObject(out *strings.Builder, indent string) {
	width := 0
	for _, m := range v.members {
		width = max(width, len([]rune(m.name)))
	}
	for i := range v.members {
		m := &v.members[i]
		if text, ok := m.value.inline(); ok {
			fmt.Fprintf(out, "%s%-*s  %s\n", indent, width, m.name, text)
			continue
		}
		fmt.Fprintf(out, "%s%s\n", indent, m.name)
		m.value.writeBlock(out, indent+"  ")
	}
}

// writeList prints the items of v: as a table if they are flat objects with the same members,
// otherwise one below the other.
func (v *jsonValue) writeList(out *strings.Builder, indent string) {
	if table, ok := v.table(); ok {
		for line := range strings.Lines(table) {
			out.WriteString(indent + line)
		}
		return
	}
	for i := range v.items {
		if text, ok := v.items[i].inline(); ok {
			fmt.Fprintf(out, "%s- %s\n", indent, text)
			continue
		}
		var item strings.Builder
		v.items[i].writeBlock(&item, indent+"  ")
		text := strings.TrimPrefix(item.String(), indent+"  ")
		out.WriteString(indent + "- " + text)
	}
}

func (v *jsonValue) table() (string, bool) {
	if len(v.items) == 0 {
		return "", false
	}
	var rows []string
	for i := range v.items {
		cells, ok := v.items[i].flat()
		if !ok || len(v.items[i].members) != len(v.items[0].members) {
			return "", false
		}
		for j, m := range v.items[i].members {
			if m.name != v.items[0].members[j].name {
				return "", false
			}
		}
		rows = append(rows, strings.Join(cells, "\t"))
	}
	var names []string
	for _, m := range v.items[0].members {
		names = append(names, m.name)
	}
	var text strings.Builder
	columns := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(columns, strings.Join(names, "\t"))
	for _, row := range rows {
		fmt.Fprintln(columns, row)
	}
	if columns.Flush() != nil {
		return "", false
	}
	return text.String(), true
}
