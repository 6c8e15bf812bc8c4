package reflecttest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	jsonschema "github.com/swaggest/jsonschema-go"
)

// Shape describes what the declaration of a generated type does not say; see package wiretest.
type Shape struct {
	Type     reflect.Type
	Keys     []string
	Required []string
	Unstored []string
	Tag      string
	Tags     []string
	Values   []any
}

// Types are generated types with their shapes.
type Types struct {
	shapes map[reflect.Type]Shape
	byName map[string]reflect.Type
	change func(of, plain reflect.Type) reflect.Type // changes types for Mutations; nil: none
}

// NewTypes returns the types of a protocol.
func NewTypes(shapes []Shape) *Types {
	t := &Types{shapes: map[reflect.Type]Shape{}, byName: map[string]reflect.Type{}}
	for _, s := range shapes {
		t.shapes[s.Type] = s
		t.byName[s.Type.Name()] = s.Type
	}
	return t
}

// Plain converts a generated type to one that encoding/json encodes as the same JSON and that can
// be reflected: keys are struct tags, null is a pointer. Inner types with a shape stay unchanged,
// so that they become references.
func (t *Types) Plain(of reflect.Type) reflect.Type {
	plain := t.plain(of)
	if t.change != nil {
		plain = t.change(of, plain)
	}
	return plain
}

func (t *Types) plain(of reflect.Type) reflect.Type {
	s, known := t.shapes[of]
	switch {
	case known && s.Tag != "":
		return t.union(s)
	case known && s.Values == nil:
		return t.object(s)
	}
	return t.inner(of)
}

// object returns the struct of an object, with a field for each key; required ones are marked.
func (t *Types) object(s Shape) reflect.Type {
	var fields []reflect.StructField
	for i, key := range s.Keys {
		if key == "" {
			continue // unknown keys: the caller compares them
		}
		field := s.Type.Field(i)
		tag := fmt.Sprintf(`json:%q`, key)
		if slices.Contains(s.Required, key) {
			tag += ` required:"true"`
		}
		fields = append(fields, reflect.StructField{Name: field.Name, Type: t.inner(field.Type), Tag: reflect.StructTag(tag)})
	}
	return reflect.StructOf(fields)
}

// union returns a struct with a field for each variant, named after its tag.
func (t *Types) union(s Shape) reflect.Type {
	fields := make([]reflect.StructField, s.Type.NumField())
	for i := range fields {
		field := s.Type.Field(i)
		fields[i] = reflect.StructField{
			Name: field.Name, Type: t.inner(field.Type), Tag: reflect.StructTag(fmt.Sprintf(`json:%q`, s.Tags[i])),
		}
	}
	return reflect.StructOf(fields)
}

// inner returns the plain form of an inner type.
func (t *Types) inner(of reflect.Type) reflect.Type {
	if _, known := t.shapes[of]; known {
		return of
	}
	switch {
	case of.Kind() == reflect.Pointer: // a recursive type, or a variant
		return t.inner(of.Elem())
	case generic(of, "Opt"):
		return t.inner(elementType(of))
	case generic(of, "Null"):
		return reflect.PointerTo(t.inner(elementType(of)))
	case of.Kind() == reflect.Slice && generic(of.Elem(), "Entry"):
		return reflect.MapOf(reflect.TypeFor[string](), t.inner(elementType(of.Elem())))
	case of.Kind() == reflect.Slice:
		return reflect.SliceOf(t.inner(of.Elem()))
	case of.Name() == "Raw" || (of.Kind() == reflect.Struct && of.NumField() == 0):
		return reflect.TypeFor[any]()
	case of.Kind() == reflect.String:
		return reflect.TypeFor[string]()
	}
	return of
}

// elementType returns the type of the value in an Opt, a Null or an Entry.
func elementType(of reflect.Type) reflect.Type {
	field, _ := of.FieldByName("Value")
	return field.Type
}

// generic reports whether a type is an instance of a generic type of the runtime.
func generic(of reflect.Type, name string) bool {
	return of.Kind() == reflect.Struct && strings.HasPrefix(of.Name(), name+"[")
}

// Reflect returns the schema of a generated type, with references to other types by their Go names.
// A union is an object with a property for each variant.
func (t *Types) Reflect(of reflect.Type) (jsonschema.Schema, error) {
	shape, known := t.shapes[of]
	if !known {
		return t.property(t.Plain(of))
	}
	s, err := t.reflect(t.Plain(of))
	if err != nil {
		return s, err
	}
	if i := slices.Index(shape.Keys, ""); i >= 0 {
		value := elementType(shape.Type.Field(i).Type.Elem())
		other, err := t.property(t.inner(value))
		if err != nil {
			return s, err
		}
		s.AdditionalProperties = &jsonschema.SchemaOrBool{TypeObject: &other}
	}
	return s, nil
}

// property reflects a type as the type of a property, so that null is visible and a type with a
// shape is a reference.
func (t *Types) property(plain reflect.Type) (jsonschema.Schema, error) {
	const key = "value"
	s, err := t.reflect(reflect.StructOf([]reflect.StructField{{Name: "Value", Type: plain, Tag: `json:"` + key + `"`}}))
	if err != nil {
		return s, err
	}
	return *s.Properties[key].TypeObject, nil
}

func (t *Types) reflect(plain reflect.Type) (jsonschema.Schema, error) {
	r := jsonschema.Reflector{}
	for _, shape := range t.shapes {
		if shape.Values != nil {
			r.InlineDefinition(reflect.Zero(shape.Type).Interface()) // a definition would be nullable everywhere if it is anywhere
		}
	}
	s, err := r.Reflect(reflect.New(plain).Elem().Interface(),
		jsonschema.InterceptDefName(func(of reflect.Type, _ string) string {
			if t.byName[of.Name()] == of {
				return of.Name()
			}
			return ""
		}),
		jsonschema.InterceptNullability(func(p jsonschema.InterceptNullabilityParams) {
			if p.NullAdded && p.Type.Kind() != reflect.Pointer {
				p.Schema.RemoveType(jsonschema.Null) // a nil slice is an empty array
			}
		}),
		jsonschema.InterceptSchema(func(p jsonschema.InterceptSchemaParams) (bool, error) {
			of := p.Value.Type()
			if of.Kind() == reflect.Pointer {
				of = of.Elem()
			}
			if shape, ok := t.shapes[of]; ok && p.Processed && shape.Values != nil {
				p.Schema.Enum = values(shape)
			}
			return false, nil
		}),
		func(rc *jsonschema.ReflectContext) { rc.EnvelopNullability = true },
	)
	if err != nil {
		return s, fmt.Errorf("reflect %s: %w", plain, err)
	}
	return s, nil
}

// values returns the constants of an enum as strings.
func values(s Shape) []any {
	all := make([]any, len(s.Values))
	for i, v := range s.Values {
		all[i] = reflect.ValueOf(v).String()
	}
	return all
}
