package contracttest_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"seg.example/gen/wire"
	"seg.example/gen/wiretest"
	"seg.example/tools/schemagen/difftest"
)

const offerFrame = `{"type":"create-exchange-offer","request_id":"req-000123","company_id":17,"session_id":"GAME_001",` +
	`"sell_resource":"iron_ore","sell_amount_per_trade":25,"count_offers":40,"offer_type":"barter","barter_resource":"timber",` +
	`"barter_amount":10,"password":"a-rather-long-shared-password"}`

const companyText = `{"id":17,"name":"Northern Timber and Ore","reputation":62,"balance":184250,"in_prison":false,` +
	`"cell_position":"3:4","session_id":"GAME_001",` +
	`"credits":[{"credit_id":1,"amount":50000,"total_to_pay":60000,"need_pay":12000,"paid":24000,"steps_total":5,"steps_now":2},` +
	`{"credit_id":2,"amount":20000,"total_to_pay":23000,"need_pay":7700,"paid":0,"steps_total":3,"steps_now":0}],` +
	`"deposits":[{"deposit_id":1,"initial_sum":10000,"current_balance":10800,"income_per_turn":400,"total_earned":800,` +
	`"steps_total":5,"steps_now":2,"can_withdraw_from":3}],"tax_debt":1200,"overdue_steps":1,"secret_code":123456,"owner_id":101,` +
	`"improvements":{"warehouse":"level2","contracts":"level1","mountain":{"station":"level2","factory":"level1"},` +
	`"forest":{"station":"level0","factory":"level0"},"water":{"station":"level0","factory":"level0"},` +
	`"field":{"station":"level0","factory":"level0"}},` +
	`"warehouses":{"iron_ore":120,"timber":340,"coal":55,"grain":12,"fish":8,"steel":31,"planks":77,"bread":5},` +
	`"inventory":{"iron_ore":120,"timber":340,"coal":55,"grain":12,"fish":8,"steel":31,"planks":77,"bread":5},` +
	`"last_turn_income":15200,"this_turn_income":4300,"business_type":"small","prison_end_step":null,"cell_type":"mountain",` +
	`"warehouse_capacity":1500,"tax_rate":0.1,"factories_count":6}`

// benchmarkCase is a JSON text and its type.
type benchmarkCase struct {
	name      string
	typ       difftest.Type
	newStdlib func() any // the same, for encoding/json
	text      []byte
}

func benchmarkCases(b *testing.B, s *difftest.Suite) []benchmarkCase {
	b.Helper()
	find := func(name string) difftest.Type {
		for _, typ := range s.Types {
			if typ.Name == name {
				return typ
			}
		}
		b.Fatal(name)
		return difftest.Type{}
	}
	list := []byte("[" + companyText)
	for range 29 {
		list = append(append(list, ','), companyText...)
	}
	list = append(list, ']')
	return []benchmarkCase{
		{"offer", find("CreateExchangeOffer"), func() any { return new(stdlibOffer) }, []byte(offerFrame)},
		{"company", find("Company"), func() any { return new(stdlibCompany) }, []byte(companyText)},
		{"companies", find("CompanyList"), func() any { return new([]stdlibCompany) }, list},
	}
}

// BenchmarkDecode measures decoding with validation: with a new value, with a reused value, with
// encoding/json (which does not validate), and with encoding/json and the validator.
func BenchmarkDecode(b *testing.B) {
	s := codec(b)
	for _, x := range benchmarkCases(b, s) {
		run := func(name string, f func() error) {
			b.Run(x.name+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(x.text)))
				for b.Loop() {
					if err := f(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		used := x.typ.New()
		run("wire", func() error { return x.typ.New().Decode(x.text) })
		run("wire-reuse", func() error { return used.Decode(x.text) })
		run("json", func() error { return json.Unmarshal(x.text, x.newStdlib()) })
		run("json+oracle", func() error {
			if err := s.Oracle.Check(x.typ.Document, x.typ.Name, x.text); err != nil {
				return err
			}
			return json.Unmarshal(x.text, x.newStdlib())
		})
	}
}

// BenchmarkEncode measures encoding into a reused buffer, and encoding/json, which allocates one.
func BenchmarkEncode(b *testing.B) {
	s := codec(b)
	for _, x := range benchmarkCases(b, s) {
		value, plain := x.typ.New(), x.newStdlib()
		if err := value.Decode(x.text); err != nil {
			b.Fatal(err)
		}
		if err := json.Unmarshal(x.text, plain); err != nil {
			b.Fatal(err)
		}
		b.Run(x.name+"/wire", func(b *testing.B) {
			b.ReportAllocs()
			var buffer []byte
			for b.Loop() {
				buffer = value.Append(buffer[:0])
			}
			b.SetBytes(int64(len(buffer)))
		})
		b.Run(x.name+"/json", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := json.Marshal(plain); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestAllocations: decoding a request takes one allocation, the copy that its strings share. Encoding
// takes none.
func TestAllocations(t *testing.T) { //nolint:paralleltest // AllocsPerRun counts those of all goroutines
	if testing.CoverMode() != "" {
		t.Skip("coverage adds allocations")
	}
	var v wire.CreateExchangeOffer
	frame := []byte(offerFrame)
	if n := testing.AllocsPerRun(100, func() { _ = wire.DecodeCreateExchangeOffer(frame, &v) }); n != 1 {
		t.Errorf("decoding: got %v allocations, want 1", n)
	}
	buffer := v.Append(nil)
	if n := testing.AllocsPerRun(100, func() { buffer = v.Append(buffer[:0]) }); n != 0 {
		t.Errorf("encoding: got %v allocations, want 0", n)
	}
}

// TestBenchmarkTexts: the texts of the benchmarks are valid, and the types for encoding/json have all
// their fields.
func TestBenchmarkTexts(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		typ   string
		plain any
		text  string
	}{{"Company", new(stdlibCompany), companyText}, {"CreateExchangeOffer", new(stdlibOffer), offerFrame}} {
		for _, typ := range wiretest.Types() {
			if typ.Name == x.typ {
				if err := typ.New().Decode([]byte(x.text)); err != nil {
					t.Errorf("%s: %v", x.typ, err)
				}
			}
		}
		d := json.NewDecoder(bytes.NewReader([]byte(x.text)))
		d.DisallowUnknownFields()
		if err := d.Decode(x.plain); err != nil {
			t.Errorf("%s: %v", x.typ, err)
		}
	}
}
