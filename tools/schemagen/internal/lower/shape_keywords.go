package lower

import (
	"slices"

	jsonschema "github.com/swaggest/jsonschema-go"

	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/schema"
)

// shapeOf returns the shape of a schema, including its references and allOf. A union has no shape:
// combining it with other constraints is reported as a problem.
func (l *lowerer) shapeOf(n *schema.Node) shape {
	if n.Value.Kind == schema.True {
		return anyShape()
	}
	if n.Value.Kind == schema.False {
		return shape{}
	}
	if known, ok := l.shapes[n]; ok {
		return known
	}
	if slices.Contains(l.resolving, n) {
		l.problems.Add(n.Pos(), "circular reference: this schema refers only to itself")
		return shape{}
	}
	l.resolving = append(l.resolving, n)
	defer func() { l.resolving = l.resolving[:len(l.resolving)-1] }()
	before := len(l.problems)
	s := l.computeShape(n)
	if len(l.problems) == before { // a shape with problems is not cached: defaultOf discards problems, the next caller must see them
		l.shapes[n] = s
	}
	return s
}

func (l *lowerer) computeShape(n *schema.Node) shape {
	if _, ok := n.Ref(); ok {
		target := l.resolve(n)
		if target == nil {
			return shape{}
		}
		return l.shapeOf(target)
	}
	s := l.ownShape(n)
	for _, part := range n.AllOf {
		s = l.intersect(s, l.shapeOf(part), part.Pos())
	}
	if n.OneOf != nil {
		s = l.intersect(s, l.oneOfShape(n), n.KeyPos("oneOf"))
	}
	return s
}

// nonNullBranch returns the other branch if n is a oneOf of two branches of which one is {"type":
// "null"}; otherwise nil.
func nonNullBranch(n *schema.Node) *schema.Node {
	if len(n.OneOf) != 2 {
		return nil
	}
	for i, branch := range n.OneOf {
		if isNullSchema(branch) {
			return n.OneOf[1-i]
		}
	}
	return nil
}

func isNullSchema(n *schema.Node) bool {
	return countConstraints(n) == 1 && slices.Equal(n.Types(), []jsonschema.SimpleType{jsonschema.Null})
}

// annotationKeywords are the keywords that do not restrict the accepted values.
var annotationKeywords = []string{ //nolint:gochecknoglobals // a table
	"$schema", "$comment", "title", "description", "default", "examples", "definitions", "x-request", "x-broadcast", "x-frame",
	"x-answer", "x-answer-as", "x-emits", "x-errors", "x-auth", "x-mutates", "x-delivery", "x-key", "x-always", "x-planned",
	"x-contract",
}

// onlyObject is the value of Node.Types for "type": "object".
var onlyObject = []jsonschema.SimpleType{jsonschema.Object} //nolint:gochecknoglobals // a constant

// countConstraints counts the keywords of a schema that are not annotations.
func countConstraints(n *schema.Node) int {
	count := 0
	for _, m := range n.Value.Members {
		if !slices.Contains(annotationKeywords, m.Key) {
			count++
		}
	}
	return count
}

// ownShape returns the shape of a schema's own keywords, without $ref, allOf and oneOf.
func (l *lowerer) ownShape(n *schema.Node) shape {
	s := shapeOfTypes(n.Types())
	if s.number != nil {
		l.readNumberKeywords(n, s.number)
	}
	if s.str != nil {
		l.readStringKeywords(n, s.str)
	}
	if s.array != nil {
		s.array.min, s.array.max = l.countKeywords(n, "minItems", "maxItems")
		s.array.uniqueItems = n.Simple.UniqueItems != nil && *n.Simple.UniqueItems
		if n.Items != nil {
			s.array.items = conjunction{n.Items}
		}
	}
	if s.object != nil {
		l.readObjectKeywords(n, s.object)
	}
	s.coerce = n.Get("x-coerce") != nil
	readEnumKeywords(n, &s)
	return s
}

func shapeOfTypes(types []jsonschema.SimpleType) shape {
	if types == nil {
		return anyShape()
	}
	var s shape
	for _, t := range types {
		switch t {
		case jsonschema.Null:
			s.null = true
		case jsonschema.Boolean:
			s.boolean = true
		case jsonschema.Integer:
			if s.number == nil {
				s.number = &numberConstraints{integer: true}
			}
		case jsonschema.Number:
			s.number = &numberConstraints{}
		case jsonschema.String:
			s.str = &stringConstraints{}
		case jsonschema.Array:
			s.array = &arrayConstraints{}
		case jsonschema.Object:
			s.object = &objectConstraints{}
		}
	}
	return s
}

func (l *lowerer) readNumberKeywords(n *schema.Node, out *numberConstraints) {
	out.low, out.high = numberKeyword(n, "minimum"), numberKeyword(n, "maximum")
	if b := numberKeyword(n, "exclusiveMinimum"); b != nil && (out.low == nil || !higher(*out.low, *b)) {
		out.low = &bound{number: b.number, exclusive: true}
	}
	if b := numberKeyword(n, "exclusiveMaximum"); b != nil && (out.high == nil || !lower(*out.high, *b)) {
		out.high = &bound{number: b.number, exclusive: true}
	}
	if b := numberKeyword(n, "multipleOf"); b != nil {
		out.multiple = &b.number
	}
	if out.empty() {
		l.problems.Add(n.Pos(), "no number is between %s and %s", out.low.decimal(), out.high.decimal())
	}
}

// numberKeyword returns the value of a keyword that is a number; nil if the keyword is absent.
func numberKeyword(n *schema.Node, keyword string) *bound {
	v := n.Get(keyword)
	if v == nil {
		return nil
	}
	return &bound{number: parseNumber(v.Text)}
}

// empty reports whether the bounds exclude every number.
func (n *numberConstraints) empty() bool {
	if n.low == nil || n.high == nil {
		return false
	}
	order := n.low.compare(n.high.number)
	return order > 0 || (order == 0 && (n.low.exclusive || n.high.exclusive))
}

// countKeywords reads a pair of keywords for a minimal and a maximal count.
func (l *lowerer) countKeywords(n *schema.Node, low, high string) (least int, most *int) {
	read := func(keyword string) *int {
		v := n.Get(keyword)
		if v == nil {
			return nil
		}
		count, ok := parseNumber(v.Text).int64()
		if !ok || count > maxCount {
			l.problems.Add(v.Pos, "%s must be at most %d", keyword, maxCount)
		}
		out := int(count)
		return &out
	}
	if v := read(low); v != nil {
		least = *v
	}
	most = read(high)
	if most != nil && *most < least {
		l.problems.Add(n.KeyPos(high), "%s is less than %s", high, low)
	}
	return least, most
}

// maxCount bounds lengths and counts. No frame is that large.
const maxCount = 1 << 30

// formats are the supported values of the keyword format.
var formats = map[string]ir.Format{ //nolint:gochecknoglobals // a table
	"date-time": ir.FormatDateTime, "uuid": ir.FormatUUID, "uri": ir.FormatURI, "email": ir.FormatEmail,
}

func (l *lowerer) readStringKeywords(n *schema.Node, out *stringConstraints) {
	out.min, out.max = l.countKeywords(n, "minLength", "maxLength")
	out.secret = n.Get("x-secret") != nil
	if n.Simple.Pattern != nil && n.Get("x-coerce") == nil {
		pattern, err := patternOf(*n.Simple.Pattern)
		if err != nil {
			l.problems.Add(n.Get("pattern").Pos, "%v", err)
		}
		out.pattern = pattern
	}
	if n.Simple.Format != nil {
		format, ok := formats[*n.Simple.Format]
		if !ok {
			l.problems.Add(n.Get("format").Pos, "format %q is not supported", *n.Simple.Format)
		}
		out.format = format
		if n.Get("enum") != nil || n.Get("const") != nil {
			l.problems.Add(n.KeyPos("format"), "format is not supported beside enum or const")
		}
	}
}

func (l *lowerer) readObjectKeywords(n *schema.Node, out *objectConstraints) {
	out.min, out.max = l.countKeywords(n, "minProperties", "maxProperties")
	out.hasProperties = n.Get("properties") != nil
	for _, p := range n.Properties {
		out.fields = append(out.fields, field{name: p.Name, types: conjunction{p}, declared: []*schema.Node{p}})
	}
	out.required = n.Simple.Required
	if n.Additional != nil {
		out.hasAdditional, out.additional = true, conjunction{n.Additional}
	}
	if n.PropertyNames != nil {
		out.names = conjunction{n.PropertyNames}
	}
}

func readEnumKeywords(n *schema.Node, s *shape) {
	if list := n.Get("enum"); list != nil {
		s.enumerated = true
		for _, item := range list.Items {
			s.enum = append(s.enum, valueOf(item))
		}
	}
	if texts := n.Get("x-enum-descriptions"); texts != nil {
		s.docs = map[string]string{}
		for _, m := range texts.Members {
			s.docs[m.Key] = m.Value.Text
		}
	}
	if value := n.Get("const"); value != nil {
		constant := shape{enumerated: true, constant: true, enum: []ir.Value{valueOf(value)}}
		s.intersectEnums(*s, constant)
	}
}
