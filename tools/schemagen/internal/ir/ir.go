// Package ir is the intermediate representation of a protocol: resolved, named and ordered, as
// plain data.
//
// It contains no JSON text, Go or TypeScript. Package lower builds it from schema documents and
// makes all decisions: references, names, unions, recursion, order. Emitters print it from front to
// back; they do not sort or decide anything.
package ir

// Contract is a whole protocol.
type Contract struct {
	Name    string // short lower-case name, such as "seg"
	Title   string
	Doc     string
	Version string // semantic version of the protocol
	URL     string // address of a server, for examples; never empty
	Command string // shell command that sends a request, for examples, such as "seg call"; empty if there is none

	// Hash is the lower-case hex SHA-256 of everything that a peer can observe: the served messages
	// and the JSON values that they carry. It does not change if only descriptions, examples, names
	// of definitions, or the order or place of definitions change. It may change if the same values
	// are described by other keywords, such as by an additional limit that another limit implies.
	Hash string
	// Documents is the lower-case hex SHA-256 of the documents in canonical form. It changes with
	// any change of a document, except for white space and the order of keys in an object.
	Documents string

	Codes      *Type        // the string enum of error codes; nil if the protocol declares none
	General    []string     // the declared codes that every request can return, in order
	Types      []*Type      // every named type, in the order of the documents and of their definitions
	Nouns      []*Noun      // every document that contains requests, in order
	Broadcasts []*Broadcast // every broadcast, in order
	Frames     []*Frame     // every frame of the envelope, in order
}

// Requests returns the requests of all nouns, in order.
func (c *Contract) Requests() []*Request {
	var all []*Request
	for _, n := range c.Nouns {
		all = append(all, n.Requests...)
	}
	return all
}

// Noun is a group of requests that one handler serves: the requests of one document. It is named
// after the file.
type Noun struct {
	Name     string // file name without extension, such as "user"
	Doc      string
	Requests []*Request
}

// Request is a message from a client to the server.
type Request struct {
	Wire    string // value of the frame's "type", such as "create-user"
	Noun    string
	Type    *Type // named object: the request's own fields
	Answer  *Type // type of the server's answer; nil if the answer is null
	ReplyAs Reply
	Emits   []*Broadcast // the broadcasts that it can cause, in declared order
	Errors  []string     // error codes besides those that every request can return, in declared order
	Auth    Auth
	Secret  *Field // the field with the credential; nil if Auth is AuthNone
	Mutates bool
	Planned bool // described, but not implemented yet
}

// Reply says how the answer of a request is sent.
type Reply uint8

// The ways to send an answer.
const (
	ReplyResponse Reply = iota // as the data of a response, if the request has an id
	ReplyFrame                 // as a separate frame; a response with null follows if the request has an id
)

// Auth says whether a request needs the credential.
type Auth uint8

// The levels of authentication.
const (
	AuthNone     Auth = iota
	AuthOptional      // accepted without a credential; a wrong one is refused if the request mutates, else ignored
	AuthRequired
)

// Broadcast is a message from the server to all subscribed clients.
type Broadcast struct {
	Wire     string // value of the frame's "type", such as "api-create_user"
	Noun     string // file name, without extension, of the document that defines it
	Type     *Type  // named object: the frame's "data"
	Delivery Delivery
	Key      *Field // the field by which DeliverLatest conflates; nil otherwise
	Planned  bool
}

// Delivery says whether broadcasts may be left out while a client is too slow.
type Delivery uint8

// How a broadcast is delivered.
const (
	DeliverReliable Delivery = iota // every broadcast is delivered
	DeliverLatest                   // only the newest for each Key while a client is too slow
)

// Frame is a message of the envelope that is neither a request nor a broadcast.
type Frame struct {
	Wire    string // value of the frame's "type", such as "pong"
	Type    *Type  // named object, without the field "type"
	Planned bool   // described, but not sent yet
}

// Kind is the kind of a Type. It says which of the Type's pointers is set.
type Kind uint8

// The kinds.
const (
	Boolean Kind = iota + 1
	Integer      // Type.Integer
	Number       // Type.Number
	String       // Type.String
	Enum         // Type.Enum: one of a list of strings
	Const        // Type.Const: one constant scalar, which programs do not store
	Array        // Type.Array
	Object       // Type.Object: an object with known fields
	Map          // Type.Map: an object with any keys and one type of value
	Union        // Type.Union: one of several objects, with a discriminator field
	Raw          // Type.Raw: several JSON types; validated and kept as JSON text
	Ref          // Type.Ref: a named type
	Null         // nothing but null
)

// Type is the set of JSON values that a schema accepts.
type Type struct {
	Name     string // name of the definition, such as "CreateUser"; empty for an inline type
	Doc      string
	Pos      Pos
	Kind     Kind
	Nullable bool // null is accepted too; never set on Null, Const or Raw

	Examples []Value // the schema's examples, for documentation; not validated

	Integer *IntegerLimits
	Number  *NumberLimits
	String  *StringLimits
	Enum    []EnumValue
	Const   *Value
	Array   *ArrayOf
	Object  *Fields
	Map     *MapOf
	Union   *OneOf
	Raw     *AnyOf
	Ref     *Type // has a Name
}

// Deref follows references to the first type that is not a reference.
func (t *Type) Deref() *Type {
	for t.Kind == Ref {
		t = t.Ref
	}
	return t
}

// Pos is a place in a schema document.
type Pos struct {
	File         string // path relative to the contract's folder, with slashes
	Line, Column int    // from 1; columns count bytes
	Pointer      string // JSON pointer (RFC 6901) inside the file
}

// IntegerLimits restricts an integer. Exclusive and fractional bounds have been converted to
// inclusive integers.
type IntegerLimits struct {
	Min, Max   *int64 // nil: the range of int64
	MultipleOf *int64 // positive
	Coerce     bool   // a string of 1 to 16 ASCII digits is accepted as that integer, within the same limits
}

// Decimal is a number of a schema in canonical form. It has never been a float64. Let D be the
// significant digits (no zeros at either end) and E the exponent, so that the value is D·10^E. The
// text is plain digits if E is 0, or if E is positive and there are at most 21 digits; a plain
// fraction such as 0.0001 if -21 <= E < 0; otherwise D, "e" and E, such as 1e400. A minus sign
// comes first. Zero is 0.
type Decimal string

// NumberLimits restricts a number; an empty limit means unbounded.
type NumberLimits struct {
	Min, Max, ExclusiveMin, ExclusiveMax, MultipleOf Decimal
}

// StringLimits restricts a string.
type StringLimits struct {
	MinLength int  // code points
	MaxLength *int // code points; nil: unbounded
	Pattern   *Pattern
	Format    Format
	Secret    bool // must never appear in a log or an error
}

// Pattern is a regular expression that RE2 and ECMA-262 interpret the same way.
type Pattern struct {
	Source string
	// Steps is set if the expression is an anchored sequence of ASCII classes. Emitters generate
	// loops for it instead of using a regular expression. Package lower guarantees that greedy
	// matching without backtracking is correct.
	Steps []Step
	// OrEmpty says that the empty string matches too.
	OrEmpty bool
}

// Step is a character class of a simple pattern with its repetition.
type Step struct {
	Ranges   []Range // sorted, not overlapping
	Min, Max int     // Max < 0: unbounded
}

// Range is an inclusive range of ASCII bytes.
type Range struct{ Low, High byte }

// Format is a value of the keyword format.
type Format uint8

// The formats, as JSON Schema draft-07 section 7.3 names them.
const (
	FormatNone     Format = iota
	FormatDateTime        // RFC 3339 section 5.6
	FormatUUID            // RFC 4122 section 3
	FormatURI             // RFC 3986
	FormatEmail           // RFC 5322 section 3.4.1
)

// EnumValue is one string of an enum.
type EnumValue struct {
	Value string
	Alias string // replaces Value in the names of generated code; nearly always empty, see Field.Alias
	Doc   string
}

// Value is a constant JSON value.
type Value struct {
	Kind ValueKind
	JSON string // canonical JSON text: sorted keys, no white space, numbers as Decimal
	Text string // the string itself if Kind is StringValue
}

// ValueKind is the JSON type of a Value.
type ValueKind uint8

// The JSON types of a Value.
const (
	NullValue ValueKind = iota
	BooleanValue
	IntegerValue
	NumberValue
	StringValue
	ArrayValue
	ObjectValue
)

// ArrayOf is a list of values of one type.
type ArrayOf struct {
	Item     *Type
	MinItems int
	MaxItems *int // nil: unbounded
	Unique   bool
}

// Fields is an object with known fields.
type Fields struct {
	Fields []*Field // in the order of the document
	// Closed: unknown keys are refused. Otherwise they are skipped or, with Extra, kept.
	Closed   bool
	Extra    *Type // type of the values of unknown keys, which are kept; nil: they are skipped or refused
	MinProps int
	MaxProps *int
	Names    *Type // a String type that every key must satisfy; nil: any
	// NullAbsent: null for a field that is not nullable counts as absent. Set for the objects of
	// requests.
	NullAbsent bool
}

// Field is one property of an object.
type Field struct {
	Name string // as on the wire
	// Alias replaces Name in the names of generated code. It is empty unless two names of one
	// object differ only in characters that an identifier cannot contain, such as a quotation mark.
	Alias     string
	Doc       string
	Type      *Type
	Required  bool
	Always    bool   // optional for readers, but our side always writes it (x-always)
	Default   *Value // the value of an absent optional field; scalars only
	Recursive bool   // the object contains itself by value through this field, so Go needs a pointer
}

// MapOf is an object with any keys.
type MapOf struct {
	Value    *Type
	MinProps int
	MaxProps *int
	Names    *Type // a String type that every key must satisfy; nil: any
}

// OneOf is a union of objects. Each requires the discriminator field Tag with a different constant
// string.
type OneOf struct {
	Tag      string
	Variants []Variant
}

// Variant is one member of a union.
type Variant struct {
	Value string // value of the discriminator
	Type  *Type  // reference to a named object; the discriminator is one of its fields, of kind Const
}

// AnyOf restricts a Raw value, for each JSON type. A nil pointer or false refuses that JSON type.
type AnyOf struct {
	// Any accepts every JSON value; then nothing else is set. If nothing at all is set, no value is
	// accepted.
	Any bool

	Null, Boolean bool
	Number        *Type // of kind Integer or Number
	String        *Type // of kind String or Enum
	Array         *Type
	Object        *Type   // of kind Object or Map
	Enum          []Value // if not empty, the value must equal one of these (JSON Schema draft-07, section 6.1.2)
}
