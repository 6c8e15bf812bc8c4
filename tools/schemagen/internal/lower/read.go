package lower

import (
	"slices"

	jsonschema "github.com/swaggest/jsonschema-go"

	"seg.example/tools/schemagen/internal/ir"
	"seg.example/tools/schemagen/internal/schema"
)

// shapeOf returns the shape of a schema, references and allOf included. A union has none: where it meets other constraints, that
// is noted.
func (l *lowerer) shapeOf(n *schema.Node) shape {
	if n.Value.Kind == schema.True {
		return anything()
	}
	if n.Value.Kind == schema.False {
		return shape{}
	}
	if known, ok := l.shapes[n]; ok {
		return known
	}
	if slices.Contains(l.looking, n) {
		l.problems.Add(n.Pos(), "this schema refers to itself without looking at a value")
		return shape{}
	}
	l.looking = append(l.looking, n)
	defer func() { l.looking = l.looking[:len(l.looking)-1] }()
	before := len(l.problems)
	s := l.findShape(n)
	if len(l.problems) == before { // otherwise who asks next must hear of them again: some are only tried out
		l.shapes[n] = s
	}
	return s
}

func (l *lowerer) findShape(n *schema.Node) shape {
	if _, ok := n.Ref(); ok {
		target := l.resolve(n)
		if target == nil {
			return shape{}
		}
		return l.shapeOf(target)
	}
	s := l.own(n)
	for _, part := range n.AllOf {
		s = l.and(s, l.shapeOf(part), part.Pos())
	}
	if n.OneOf != nil {
		s = l.and(s, l.oneOfShape(n), n.KeyPos("oneOf"))
	}
	return s
}

// nullable returns the other branch of a oneOf of two of which one is {"type": "null"}; otherwise nil.
func nullable(n *schema.Node) *schema.Node {
	if len(n.OneOf) != 2 {
		return nil
	}
	for i, branch := range n.OneOf {
		if onlyNull(branch) {
			return n.OneOf[1-i]
		}
	}
	return nil
}

func onlyNull(n *schema.Node) bool {
	return constraints(n) == 1 && slices.Equal(n.Types(), []jsonschema.SimpleType{jsonschema.Null})
}

// annotations are the keywords that leave the accepted values alone.
var annotations = []string{ //nolint:gochecknoglobals // a table
	"$schema", "$comment", "title", "description", "default", "examples", "definitions", "x-request", "x-broadcast", "x-frame",
	"x-answer", "x-answer-as", "x-emits", "x-errors", "x-auth", "x-mutates", "x-delivery", "x-key", "x-always", "x-planned",
	"x-contract",
}

// objectOnly is the value of type in a schema of objects.
var objectOnly = []jsonschema.SimpleType{jsonschema.Object} //nolint:gochecknoglobals // a constant

// constraints counts the keywords of a schema that are more than annotations.
func constraints(n *schema.Node) int {
	count := 0
	for _, m := range n.Value.Members {
		if !slices.Contains(annotations, m.Key) {
			count++
		}
	}
	return count
}

// own is the shape of a schema's own keywords, without $ref, allOf and oneOf.
func (l *lowerer) own(n *schema.Node) shape {
	s := ofTypes(n.Types())
	if s.number != nil {
		l.ownNumbers(n, s.number)
	}
	if s.text != nil {
		l.ownTexts(n, s.text)
	}
	if s.array != nil {
		s.array.min, s.array.max = l.counts(n, "minItems", "maxItems")
		s.array.unique = n.Simple.UniqueItems != nil && *n.Simple.UniqueItems
		if n.Items != nil {
			s.array.items = conjunction{n.Items}
		}
	}
	if s.object != nil {
		l.ownObjects(n, s.object)
	}
	s.coerce = n.Get("x-coerce") != nil
	ownEnum(n, &s)
	return s
}

func ofTypes(types []jsonschema.SimpleType) shape {
	if types == nil {
		return anything()
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
				s.number = &numbers{integer: true}
			}
		case jsonschema.Number:
			s.number = &numbers{}
		case jsonschema.String:
			s.text = &texts{}
		case jsonschema.Array:
			s.array = &arrays{}
		case jsonschema.Object:
			s.object = &objects{}
		}
	}
	return s
}

func (l *lowerer) ownNumbers(n *schema.Node, out *numbers) {
	out.low, out.high = limit(n, "minimum"), limit(n, "maximum")
	if b := limit(n, "exclusiveMinimum"); b != nil && (out.low == nil || !higher(*out.low, *b)) {
		out.low = &bound{number: b.number, exclusive: true}
	}
	if b := limit(n, "exclusiveMaximum"); b != nil && (out.high == nil || !lower(*out.high, *b)) {
		out.high = &bound{number: b.number, exclusive: true}
	}
	if b := limit(n, "multipleOf"); b != nil {
		out.multiple = &b.number
	}
	if out.none() {
		l.problems.Add(n.Pos(), "no number is between %s and %s", out.low.decimal(), out.high.decimal())
	}
}

// limit reads a keyword that holds a number.
func limit(n *schema.Node, keyword string) *bound {
	v := n.Get(keyword)
	if v == nil {
		return nil
	}
	return &bound{number: parseNumber(v.Text)}
}

// none reports whether nothing lies between the bounds.
func (n *numbers) none() bool {
	if n.low == nil || n.high == nil {
		return false
	}
	order := n.low.compare(n.high.number)
	return order > 0 || (order == 0 && (n.low.exclusive || n.high.exclusive))
}

// counts reads a pair of keywords that hold counts.
func (l *lowerer) counts(n *schema.Node, low, high string) (least int, most *int) {
	read := func(keyword string) *int {
		v := n.Get(keyword)
		if v == nil {
			return nil
		}
		count, ok := parseNumber(v.Text).int64()
		if !ok || count > maxCount {
			l.problems.Add(v.Pos, "%s of more than %d", keyword, maxCount)
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

// maxCount bounds lengths and counts: more than fits into any frame.
const maxCount = 1 << 30

// formats are the formats that are held to.
var formats = map[string]ir.Format{ //nolint:gochecknoglobals // a table
	"date-time": ir.FormatDateTime, "uuid": ir.FormatUUID, "uri": ir.FormatURI, "email": ir.FormatEmail,
}

func (l *lowerer) ownTexts(n *schema.Node, out *texts) {
	out.min, out.max = l.counts(n, "minLength", "maxLength")
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
			l.problems.Add(n.KeyPos("format"), "format beside enum or const is not supported")
		}
	}
}

func (l *lowerer) ownObjects(n *schema.Node, out *objects) {
	out.min, out.max = l.counts(n, "minProperties", "maxProperties")
	out.declared = n.Get("properties") != nil
	for _, p := range n.Properties {
		out.fields = append(out.fields, field{name: p.Name, types: conjunction{p}, declared: []*schema.Node{p}})
	}
	out.required = n.Simple.Required
	if n.Additional != nil {
		out.kept, out.extra = true, conjunction{n.Additional}
	}
	if n.PropertyNames != nil {
		out.names = conjunction{n.PropertyNames}
	}
}

func ownEnum(n *schema.Node, s *shape) {
	if list := n.Get("enum"); list != nil {
		s.closed = true
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
		constant := shape{closed: true, constant: true, enum: []ir.Value{valueOf(value)}}
		s.andEnums(*s, constant)
	}
}
