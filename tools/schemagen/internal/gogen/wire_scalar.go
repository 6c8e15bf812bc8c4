package gogen

import (
	"math"
	"strconv"

	"seg.example/tools/schemagen/internal/constraintdoc"
	"seg.example/tools/schemagen/internal/ir"
)

// otherwise continues a chain of ifs whose conditions each refuse.
func (r *reading) otherwise(condition, failure, path string) {
	r.Mid("} else if ", condition, " {")
	r.refuse(failure, path)
}

func (r *reading) integer(l *ir.IntegerLimits, into, path string) {
	low, high := strconv.Itoa(math.MinInt64), strconv.Itoa(math.MaxInt64)
	if l.Min != nil {
		low = strconv.FormatInt(*l.Min, 10)
	}
	if l.Max != nil {
		high = strconv.FormatInt(*l.Max, 10)
	}
	read, not := "integer", "notInteger"
	if l.Coerce {
		read, not = "coerced", "notCoerced"
	}
	r.In("if x, q := ", read, "(b, p); q < 0 {")
	r.refuse(not+"(b, p, "+quote(low)+", "+quote(high)+")", path)
	if l.Min != nil {
		r.otherwise("x < "+low, failure("minimum", "must be at least %s", low), path)
	}
	if l.Max != nil {
		r.otherwise("x > "+high, failure("maximum", "must be at most %s", high), path)
	}
	if l.MultipleOf != nil {
		of := strconv.FormatInt(*l.MultipleOf, 10)
		r.otherwise("x%"+of+" != 0", failure("multipleOf", "must be a multiple of %s", of), path)
	}
	r.store(into, "x")
}

func (r *reading) number(t *ir.Type, into, path string) {
	l := t.Number
	r.In("if x, q := number(b, p); q < 0 {")
	r.refuse("notNumber(b, p)", path)
	for _, limit := range limitsOf(l) {
		r.otherwise(limit.rounded(), limit.failure(), path)
	}
	if l.MultipleOf != "" {
		r.multiple(t.Pos, l.MultipleOf, path)
	}
	r.store(into, "x")
}

func (r *reading) multiple(pos ir.Pos, of ir.Decimal, path string) {
	if significant(of) > 18 {
		r.g.problem(pos, "multipleOf %s has more than 18 digits", of)
	}
	r.otherwise("!multipleOf(b[p:q], "+quote(string(of))+")", failure("multipleOf", "must be a multiple of %s", of), path)
}

// significant counts the digits of d's coefficient.
func significant(d ir.Decimal) int {
	n := 0
	for _, c := range d {
		if c == 'e' || c == 'E' {
			break
		}
		if c >= '0' && c <= '9' {
			n++
		}
	}
	return n
}

// limit is one bound of a number.
type limit struct {
	keyword, words string
	operator       string // how a number at fault compares with the bound
	exclusive      bool
	bound          ir.Decimal
}

// limitsOf returns the bounds that l has.
func limitsOf(l *ir.NumberLimits) []limit {
	var all []limit
	for _, x := range []limit{
		{keyword: "minimum", words: "at least", operator: "<", bound: l.Min},
		{keyword: "maximum", words: "at most", operator: ">", bound: l.Max},
		{keyword: "exclusiveMinimum", words: "greater than", operator: "<", exclusive: true, bound: l.ExclusiveMin},
		{keyword: "exclusiveMaximum", words: "less than", operator: ">", exclusive: true, bound: l.ExclusiveMax},
	} {
		if x.bound != "" {
			all = append(all, x)
		}
	}
	return all
}

func (l limit) failure() string { return failure(l.keyword, "must be %s %s", l.words, l.bound) }

// exact is the condition that the number at b[p:q] is at fault.
func (l limit) exact() string {
	operator := l.operator
	if l.exclusive {
		operator += "="
	}
	return "compareNumber(b[p:q], " + quote(string(l.bound)) + ") " + operator + " 0"
}

// rounded is exact, but asks x first, which is that number as a float64: rounding keeps the order of what it does not make
// equal.
func (l limit) rounded() string {
	bound := string(l.bound)
	v, err := strconv.ParseFloat(bound, 64)
	if err != nil || v == 0 && significantNonZero(l.bound) || len(bound) > maxLiteral {
		return l.exact()
	}
	return "x " + l.operator + " " + bound + " || x == " + bound + " && " + l.exact()
}

// maxLiteral is the longest bound that becomes a number of Go: compilers refuse those of thousands of digits.
const maxLiteral = 100

func significantNonZero(d ir.Decimal) bool {
	for _, c := range d {
		if c == 'e' || c == 'E' {
			return false
		}
		if c >= '1' && c <= '9' {
			return true
		}
	}
	return false
}

func (r *reading) text(l *ir.StringLimits, into, path string) {
	r.In("if s, q := d.text(p); q < 0 {")
	r.refuse(`want(p, "a string")`, path)
	for _, c := range r.g.textChecks(l, "s") {
		r.otherwise(c.condition, c.failure, path)
	}
	if l.Secret {
		r.store(into, "Secret(s)")
		return
	}
	r.store(into, "s")
}

// check is a condition under which a value is refused.
type check struct{ condition, failure string }

// textChecks returns what the string in the variable s is held to.
func (g *wire) textChecks(l *ir.StringLimits, s string) []check {
	var all []check
	if l.MinLength > 0 || l.MaxLength != nil {
		high := "unlimited"
		if l.MaxLength != nil {
			high = strconv.Itoa(*l.MaxLength)
		}
		arguments := s + ", " + strconv.Itoa(l.MinLength) + ", " + high + ")"
		all = append(all, check{"outside(" + arguments, "wrongLength(p, " + arguments})
	}
	if l.Pattern != nil {
		all = append(all, check{"!" + g.matcher(l.Pattern) + "(" + s + ")", failure("pattern", "must match %s", l.Pattern.Source)})
	}
	function := ""
	switch l.Format {
	case ir.FormatDateTime:
		function = "isDateTime"
	case ir.FormatUUID:
		function = "isUUID"
	case ir.FormatURI:
		function = "isURI"
	case ir.FormatEmail:
		function = "isEmail"
	case ir.FormatNone:
		return all
	}
	return append(all, check{"!" + function + "(" + s + ")", failure("format", "must be %s", constraintdoc.WithArticle(formatName(l.Format)))})
}

// checkName prints what the key in the variable k is held to.
func (r *reading) checkName(names *ir.Type, k, path string) {
	core, _ := resolve(names)
	if core.Kind != ir.String {
		r.g.problem(names.Pos, "names can only be held to what strings are held to")
		return
	}
	for _, c := range r.g.textChecks(core.String, k) {
		r.In("if ", c.condition, " {")
		r.refuse(c.failure, path)
		r.Out("}")
	}
}
