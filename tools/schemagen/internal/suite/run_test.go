package suite_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"seg.example/tools/schemagen/internal/gogen"
)

// run generates Go for all groups as one package, compiles it with a small program, and returns the
// program's verdicts in order: the error of Decode, or an empty text if the value is accepted.
func run(t *testing.T, all []*group) []string {
	t.Helper()
	contract, err := contractOf(t, all)
	if err != nil {
		t.Fatal(err)
	}
	files, err := gogen.Wire(contract, gogen.Options{ImportPath: "suite.example/gen"})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, file := range files {
		write(t, filepath.Join(dir, "gen", filepath.FromSlash(file.Path)), file.Data)
	}
	write(t, filepath.Join(dir, "main.go"), program(all))
	var values []json.RawMessage
	for _, g := range all {
		for _, c := range g.Tests {
			values = append(values, c.Data)
		}
	}
	var verdicts []string
	runProgram(t, dir, values, &verdicts)
	if len(verdicts) != len(values) {
		t.Fatalf("%d verdicts on %d values", len(verdicts), len(values))
	}
	return verdicts
}

// runProgram compiles and runs the program in a folder, as module suite.example, with a value as
// its input, and decodes its output.
func runProgram(t *testing.T, dir string, input, output any) {
	t.Helper()
	write(t, filepath.Join(dir, "go.mod"), []byte("module suite.example\n\ngo 1.26.0\n"))
	data, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "run", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	cmd.Stdin = bytes.NewReader(data)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("run the generated code: %v\n%s", err, stderr.String())
	}
	if err := json.Unmarshal(stdout.Bytes(), output); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// program prints the program that decodes the values. Accepted values are encoded and must be
// accepted again.
func program(all []*group) []byte {
	var out strings.Builder
	out.WriteString(`package main

import (
	"encoding/json"
	"os"

	"suite.example/gen/wire"
)

func judge[T any](decode func([]byte, *T) error, encode func(*T, []byte) []byte) func([]byte) error {
	return func(data []byte) error {
		v := new(T)
		if err := decode(data, v); err != nil {
			return err
		}
		return decode(encode(v, nil), new(T))
	}
}

func main() {
	var values []json.RawMessage
	if err := json.NewDecoder(os.Stdin).Decode(&values); err != nil {
		panic(err)
	}
	verdicts := make([]string, len(values))
	for i, v := range values {
		if err := judges[owner[i]]([]byte(` + "`{\"v\":` + string(v) + `}`" + `)); err != nil {
			verdicts[i] = err.Error()
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(verdicts); err != nil {
		panic(err)
	}
}

var judges = []func([]byte) error{
`)
	for _, g := range all {
		holder := strings.Replace(g.id, "G", "T", 1)
		fmt.Fprintf(&out, "judge(wire.Decode%[1]s, (*wire.%[1]s).Append),\n", holder)
	}
	out.WriteString("}\n\n// owner is the group that each value belongs to.\nvar owner = []int{\n")
	for i, g := range all {
		for range g.Tests {
			fmt.Fprintf(&out, "%d,", i)
		}
		out.WriteString("\n")
	}
	out.WriteString("}\n")
	return []byte(out.String())
}
