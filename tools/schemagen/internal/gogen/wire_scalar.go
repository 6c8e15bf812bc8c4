package gogen

import (
	"math"
	"strconv"

	"seg.example/tools/schemagen/internal/constraintdoc"
	"seg.example/tools/schemagen/internal/ir"
)

// elseIf adds a condition that refuses the value to a chain of ifs.
func (r *decodeFunc) elseIf(condition, failure, path string) {
	r.Mid("} else if ", condition, " {")
	r.returnError(failure, path)
}

func (r *decodeFunc) decodeInteger(l *ir.IntegerLimits, into, path string) {
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
	r.returnError(not+"(b, p, "+quote(low)+", "+quote(high)+")", path)
	if l.Min != nil {
		r.elseIf("x < "+low, errorExpr("minimum", "must be at least %s", low), path)
	}
	if l.Max != nil {
		r.elseIf("x > "+high, errorExpr("maximum", "must be at most %s", high), path)
	}
	if l.MultipleOf != nil {
		of := strconv.FormatInt(*l.MultipleOf, 10)
		r.elseIf("x%"+of+" != 0", errorExpr("multipleOf", "must be a multiple of %s", of), path)
	}
	r.elseStore(into, "x")
}

func (r *decodeFunc) decodeNumber(t *ir.Type, into, path string) {
	l := t.Number
	r.In("if x, q := number(b, p); q < 0 {")
	r.returnError("notNumber(b, p)", path)
	for _, limit := range limitsOf(l) {
		r.elseIf(limit.fastCondition(), limit.errorExpr(), path)
	}
	if l.MultipleOf != "" {
		r.checkMultipleOf(t.Pos, l.MultipleOf, path)
	}
	r.elseStore(into, "x")
}

func (r *decodeFunc) checkMultipleOf(pos ir.Pos, of ir.Decimal, path string) {
	if digitCount(of) > 18 {
		r.g.addProblem(pos, "multipleOf %s has more than 18 digits", of)
	}
	r.elseIf("!multipleOf(b[p:q], "+quote(string(of))+")", errorExpr("multipleOf", "must be a multiple of %s", of), path)
}

// digitCount counts the digits of d's coefficient.
func digitCount(d ir.Decimal) int {
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
	keyword, phrase string
	operator        string // how an invalid number compares with the bound
	exclusive       bool
	bound           ir.Decimal
}

// limitsOf returns the bounds in l.
func limitsOf(l *ir.NumberLimits) []limit {
	var all []limit
	for _, x := range []limit{
		{keyword: "minimum", phrase: "at least", operator: "<", bound: l.Min},
		{keyword: "maximum", phrase: "at most", operator: ">", bound: l.Max},
		{keyword: "exclusiveMinimum", phrase: "greater than", operator: "<", exclusive: true, bound: l.ExclusiveMin},
		{keyword: "exclusiveMaximum", phrase: "less than", operator: ">", exclusive: true, bound: l.ExclusiveMax},
	} {
		if x.bound != "" {
			all = append(all, x)
		}
	}
	return all
}

func (l limit) errorExpr() string { return errorExpr(l.keyword, "must be %s %s", l.phrase, l.bound) }

// exactCondition returns the condition that the number at b[p:q] is invalid.
func (l limit) exactCondition() string {
	operator := l.operator
	if l.exclusive {
		operator += "="
	}
	return "compareNumber(b[p:q], " + quote(string(l.bound)) + ") " + operator + " 0"
}

// fastCondition is exactCondition with a fast comparison of x, the number as a float64. Rounding
// may make numbers equal, but never changes their order.
func (l limit) fastCondition() string {
	bound := string(l.bound)
	v, err := strconv.ParseFloat(bound, 64)
	if err != nil || v == 0 && coefficientNonZero(l.bound) || len(bound) > maxLiteral {
		return l.exactCondition()
	}
	return "x " + l.operator + " " + bound + " || x == " + bound + " && " + l.exactCondition()
}

// maxLiteral is the maximal length of a bound that becomes a Go literal. Compilers refuse literals
// with thousands of digits.
const maxLiteral = 100

func coefficientNonZero(d ir.Decimal) bool {
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

func (r *decodeFunc) decodeString(l *ir.StringLimits, into, path string) {
	r.In("if s, q := d.text(p); q < 0 {")
	r.returnError(`want(p, "a string")`, path)
	for _, c := range r.g.stringChecks(l, "s") {
		r.elseIf(c.condition, c.errorExpr, path)
	}
	if l.Secret {
		r.elseStore(into, "Secret(s)")
		return
	}
	r.elseStore(into, "s")
}

// check is a condition under which a value is refused.
type check struct{ condition, errorExpr string }

// stringChecks returns the checks of the string in variable s.
func (g *wireEmitter) stringChecks(l *ir.StringLimits, s string) []check {
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
		all = append(all, check{"!" + g.matcherName(l.Pattern) + "(" + s + ")", errorExpr("pattern", "must match %s", l.Pattern.Source)})
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
	return append(all, check{"!" + function + "(" + s + ")", errorExpr("format", "must be %s", constraintdoc.WithArticle(formatName(l.Format)))})
}

// checkName prints the checks of the key in variable k.
func (r *decodeFunc) checkName(names *ir.Type, k, path string) {
	core, _ := derefNullable(names)
	if core.Kind != ir.String {
		r.g.addProblem(names.Pos, "propertyNames only supports the limits of strings")
		return
	}
	for _, c := range r.g.stringChecks(core.String, k) {
		r.In("if ", c.condition, " {")
		r.returnError(c.errorExpr, path)
		r.Out("}")
	}
}
