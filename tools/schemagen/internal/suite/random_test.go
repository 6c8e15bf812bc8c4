package suite_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"seg.example/tools/schemagen/difftest"
	"seg.example/tools/schemagen/internal/gogen"
	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/lower"
	"seg.example/tools/schemagen/internal/schema"
)

// The flags of TestRandom.
var (
	randomSeed    = flag.Uint64("random.seed", 1, "of the schemas and values that TestRandom makes up")
	randomSchemas = flag.Int("random.schemas", 40, "how many schemas TestRandom makes up")
	randomOut     = flag.String("random.out", "", "folder for what TestRandom has made up: a protocol in folder schema, and verdicts.json")
	randomValues  = flag.Int("random.values", 150, "how many values TestRandom makes up for each schema")
)

// sample is a random value for a definition.
type sample struct {
	doc  *difftest.Random
	name string // of the definition
	text []byte
}

// outcome is the result of the generated code for a sample.
type outcome struct {
	Refused *difftest.Refusal // nil: accepted
	Written string            // result of Append; empty if the type has no Append
	Again   string            // error of encoding it or decoding it again
}

// Error makes an outcome usable as an error of Decode.
func (o *outcome) Error() string { return o.Refused.Path + ": " + o.Refused.Text }

// TestRandom generates random schemas and values. It compares the generated code's verdicts with
// another library's, and encoded values with decoded ones. The flags -random.seed, -random.schemas
// and -random.values change the number and the seed.
func TestRandom(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	t.Logf("-random.seed=%d", *randomSeed)
	docs := randomDocuments(t)
	contract, err := lowerRandom(docs...)
	if err != nil {
		t.Fatal(err)
	}
	oracle := randomOracle(t, docs)
	samples := randomSamples(t, docs, oracle)
	outcomes := runRandom(t, contract, samples)
	accepted := 0
	for i, s := range samples {
		if outcomes[i].Refused == nil {
			accepted++
		}
		if wrong := judgeRandom(oracle, s, outcomes[i]); wrong != "" {
			t.Fatalf("-random.seed=%d: %s\n%s\nvalue of %s: %s", *randomSeed, wrong, s.doc.Text, s.name, s.text)
		}
	}
	t.Logf("%d values, %d accepted", len(samples), accepted)
	if *randomOut != "" {
		writeRandom(t, docs, samples, outcomes)
	}
	if accepted < len(samples)/4 || accepted > len(samples)*3/4 {
		t.Errorf("of %d values %d are accepted, want more of both", len(samples), accepted)
	}
}

// randomDocuments generates documents that the generator accepts. It may refuse some combinations.
func randomDocuments(t *testing.T) []*difftest.Random {
	t.Helper()
	var docs []*difftest.Random
	tries := 0
	for ; len(docs) < *randomSchemas && tries < 2**randomSchemas; tries++ {
		doc := difftest.NewRandom(*randomSeed*1_000_003+uint64(tries), fmt.Sprintf("R%03d", tries))
		contract, err := lowerRandom(doc)
		if err == nil {
			_, err = gogen.Wire(contract, gogen.Options{ImportPath: "suite.example/gen"})
		}
		var problems schema.Problems
		switch {
		case err == nil:
			docs = append(docs, doc)
		case errors.As(err, &problems):
			t.Logf("refused: %v", problems[0].Text)
		default:
			t.Fatalf("-random.seed=%d: refused without a place: %v\n%s", *randomSeed, err, doc.Text)
		}
	}
	if len(docs) < *randomSchemas {
		t.Fatalf("only %d of %d schemas are accepted", len(docs), tries)
	}
	return docs
}

// writeRandom writes documents as a protocol, and the verdicts on the samples, for the TypeScript
// tests.
func writeRandom(t *testing.T, docs []*difftest.Random, samples []sample, outcomes []outcome) {
	t.Helper()
	const common = "common.json"
	names := []string{common}
	for _, doc := range docs {
		names = append(names, doc.Path)
		write(t, filepath.Join(*randomOut, "schema", filepath.FromSlash(doc.Path)), doc.Text)
	}
	write(t, filepath.Join(*randomOut, "schema", common), []byte(`{"$schema": "`+schema.Draft+`", "definitions": {"Code": {"type": "string",
"enum": ["missing_field", "invalid_field", "internal", "too_large", "invalid_json", "unknown_type"]}}}`))
	index, err := json.Marshal(map[string]any{"$schema": schema.Draft, "title": "Random", "description": "Made up.", "x-contract": map[string]any{
		"name": "random", "version": "1.0.0", "codes": common + "#/definitions/Code", "documents": names,
	}})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(*randomOut, "schema", schema.IndexFile), index)
	type verdict struct {
		Name, Text string
		OK         bool
	}
	var all []verdict
	for i, s := range samples {
		all = append(all, verdict{s.name, string(s.text), outcomes[i].Refused == nil})
	}
	verdicts, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(*randomOut, "verdicts.json"), verdicts)
}

// lowerRandom lowers documents into one contract.
func lowerRandom(docs ...*difftest.Random) (*ir.Contract, error) {
	var names []string
	fsys := fstest.MapFS{}
	for _, doc := range docs {
		names = append(names, doc.Path)
		fsys[doc.Path] = &fstest.MapFile{Data: doc.Text}
	}
	list, err := json.Marshal(names)
	if err != nil {
		return nil, err
	}
	fsys[schema.IndexFile] = &fstest.MapFile{Data: []byte(`{"$schema": "` + schema.Draft + `", "x-contract": {"name": "random", "version": "0.0.0", "documents": ` + string(list) + `}}`)}
	set, err := schema.Load(fsys)
	if err != nil {
		return nil, err
	}
	return lower.Lower(set)
}

func randomOracle(t *testing.T, docs []*difftest.Random) *difftest.Oracle {
	t.Helper()
	var names []string
	fsys := fstest.MapFS{}
	for _, doc := range docs {
		names = append(names, doc.Path)
		fsys[doc.Path] = &fstest.MapFile{Data: doc.Text}
	}
	oracle, err := difftest.NewOracle(fsys, names...)
	if err != nil {
		t.Fatal(err)
	}
	return oracle
}

// randomSamples draws values from the schemas, changes some at random, and assigns some to another
// definition.
func randomSamples(t *testing.T, docs []*difftest.Random, oracle *difftest.Oracle) []sample {
	t.Helper()
	suite := &difftest.Suite{Oracle: oracle}
	chance := rand.New(rand.NewPCG(*randomSeed, 11))
	var all []sample
	for _, doc := range docs {
		for i := range *randomValues {
			name := doc.Names[i%len(doc.Names)]
			typ := difftest.Type{Name: name, Document: doc.Path}
			text := rapid.Custom(func(t *rapid.T) []byte { return suite.Sample(t, typ) }).Example(int(*randomSeed) + len(all))
			if i%3 == 2 {
				text = mutate(chance, text)
			}
			if i%20 == 19 {
				name = doc.Names[chance.IntN(len(doc.Names))]
			}
			if difftest.Judgeable(text) {
				all = append(all, sample{doc, name, text})
			}
		}
	}
	return all
}

// judgeRandom returns what is wrong with an outcome; empty if nothing is.
func judgeRandom(oracle *difftest.Oracle, s sample, o outcome) string {
	suite := &difftest.Suite{Oracle: oracle, Refusal: func(err error) (difftest.Refusal, bool) {
		said, ok := errors.AsType[*outcome](err)
		if !ok {
			return difftest.Refusal{}, false
		}
		return *said.Refused, true
	}}
	typ := difftest.Type{Name: s.name, Document: s.doc.Path, New: func() difftest.Value { return told{&o} }}
	if _, err := suite.Same(typ, s.text); err != nil {
		return err.Error()
	}
	if o.Refused != nil || o.Written == "" {
		return o.Again
	}
	read, err := decoded(s.text)
	if err != nil {
		return fmt.Sprintf("accepted is what is no JSON: %v", err)
	}
	written, err := decoded([]byte(o.Written))
	if err != nil {
		return fmt.Sprintf("what is written is no JSON: %v\n%s", err, o.Written)
	}
	if diff := cmp.Diff(s.doc.Written(s.name, read), difftest.Plain(written)); diff != "" {
		return fmt.Sprintf("what is written is not what was read (-want +got):\n%s\n%s", diff, o.Written)
	}
	return o.Again
}

// told is a value with a known verdict.
type told struct{ outcome *outcome }

func (v told) Decode([]byte) error {
	if v.outcome.Refused == nil {
		return nil
	}
	return v.outcome
}

func (told) Append(dst []byte) []byte { return dst }

func (told) Pointer() any { return nil }

// runRandom generates Go for a contract, compiles it once, and runs it on the samples.
func runRandom(t *testing.T, contract *ir.Contract, samples []sample) []outcome {
	t.Helper()
	files, err := gogen.Wire(contract, gogen.Options{ImportPath: "suite.example/gen"})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, file := range files {
		write(t, filepath.Join(dir, "gen", filepath.FromSlash(file.Path)), file.Data)
	}
	write(t, filepath.Join(dir, "main.go"), []byte(randomProgram))
	type input struct{ Name, Text string }
	var all []input
	for _, s := range samples {
		all = append(all, input{s.name, string(s.text)})
	}
	var outcomes []outcome
	runProgram(t, dir, all, &outcomes)
	if len(outcomes) != len(samples) {
		t.Fatalf("%d outcomes of %d values", len(outcomes), len(samples))
	}
	return outcomes
}

// randomProgram decodes values. Accepted ones are appended to a buffer and decoded again.
const randomProgram = `package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"

	"suite.example/gen/wire"
	"suite.example/gen/wiretest"
)

type outcome struct {
	Refused *wire.Error
	Written string
	Again   string
}

func main() {
	var samples []struct{ Name, Text string }
	if err := json.NewDecoder(os.Stdin).Decode(&samples); err != nil {
		panic(err)
	}
	types := map[string]wiretest.Type{}
	for _, t := range wiretest.Types() {
		types[t.Name] = t
	}
	outcomes := make([]outcome, len(samples))
	for i, s := range samples {
		outcomes[i] = judge(types[s.Name], s.Text)
	}
	if err := json.NewEncoder(os.Stdout).Encode(outcomes); err != nil {
		panic(err)
	}
}

func judge(t wiretest.Type, text string) (o outcome) {
	defer func() {
		if p := recover(); p != nil {
			o.Again = fmt.Sprintf("panic: %v", p)
		}
	}()
	v := t.New()
	if err := v.Decode([]byte(text)); err != nil {
		if !errors.As(err, &o.Refused) {
			panic(err)
		}
		return o
	}
	out, ok := strings.CutPrefix(string(v.Append([]byte("before"))), "before")
	if !ok {
		o.Again = "what was in the buffer is gone"
	}
	if o.Written = out; out == "" {
		return o
	}
	again := t.New()
	if err := again.Decode([]byte(out)); err != nil {
		o.Again = fmt.Sprintf("what was written is refused: %v: %s", err, out)
	} else if !reflect.DeepEqual(v.Pointer(), again.Pointer()) {
		o.Again = fmt.Sprintf("what was written is read as another value: %s", out)
	} else if twice := string(again.Append(nil)); twice != out {
		o.Again = fmt.Sprintf("written again it is another text: %s, %s", out, twice)
	}
	return o
}
`
