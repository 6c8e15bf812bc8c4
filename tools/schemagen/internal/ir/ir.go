// Package ir is the generator's middle: a protocol resolved, named and ordered, as plain data.
//
// It knows no JSON text, no Go and no TypeScript. Package lower builds it from schema documents and settles everything there is
// to decide: references, names, unions, recursion, order. Emitters print it from front to back; they neither sort nor decide.
package ir

// Contract is one whole protocol.
type Contract struct {
	Name    string // short lower-case name, such as "seg"
	Title   string
	Doc     string
	Version string // semantic version of the protocol
	URL     string // where a server of one's own is found, for examples; never empty
	Command string // what sends a request from a shell, for examples, such as "seg call"; empty when there is nothing

	// Hash is the lower-case hex SHA-256 of what a peer can notice: the served messages and the JSON values that they carry. It stays the
	// same when only descriptions, examples, names of definitions, or the order or place of definitions change. It may change when the
	// same values are described in other words, such as with a limit that another implies.
	Hash string
	// Documents is the lower-case hex SHA-256 of the documents in canonical form. It changes when anything that a document says changes,
	// and stays the same when only white space or the order of keys in an object does.
	Documents string

	Codes      *Type        // the string enum of error codes; nil when the protocol declares none
	General    []string     // the codes that every request can answer, as far as the protocol declares them, in order
	Types      []*Type      // every named type, in the order of documents and of definitions in them
	Nouns      []*Noun      // every document that holds requests, in order
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

// Noun is a group of requests that one handler serves: the requests of one document, named after its file.
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
	Answer  *Type // what the server answers; nil when it answers null
	ReplyAs Reply
	Emits   []*Broadcast // what it can cause, in declared order
	Errors  []string     // codes that it can answer beside those of every request, in declared order
	Auth    Auth
	Secret  *Field // the field that carries the credential; nil when Auth is AuthNone
	Mutates bool
	Planned bool // described, but served by nobody yet
}

// Reply says how the answer of a request travels.
type Reply uint8

// How an answer travels.
const (
	ReplyResponse Reply = iota // as the data of a response, when the request carried an id
	ReplyFrame                 // as a frame of its own, always; a response null follows when the request carried an id
)

// Auth says whether a request needs the credential.
type Auth uint8

// What a request asks of its caller.
const (
	AuthNone     Auth = iota
	AuthOptional      // accepted without a credential; with a wrong one refused if it mutates, else accepted as without
	AuthRequired
)

// Broadcast is a message from the server to every client that listens.
type Broadcast struct {
	Wire     string // value of the frame's "type", such as "api-create_user"
	Noun     string // file name without extension of the document that defines it
	Type     *Type  // named object: the frame's "data"
	Delivery Delivery
	Key      *Field // what DeliverLatest conflates by; nil otherwise
	Planned  bool
}

// Delivery says what may happen to a broadcast while a client is behind.
type Delivery uint8

// How a broadcast is delivered.
const (
	DeliverReliable Delivery = iota // every one
	DeliverLatest                   // per Key, only the newest while a client is behind
)

// Frame is a message of the envelope: neither request nor broadcast.
type Frame struct {
	Wire    string // value of the frame's "type", such as "pong"
	Type    *Type  // named object, without its "type" field
	Planned bool   // described, but sent by nobody yet
}

// Kind is the shape of a Type and tells which of its pointers is set.
type Kind uint8

// The shapes.
const (
	Boolean Kind = iota + 1
	Integer      // Type.Integer
	Number       // Type.Number
	String       // Type.String
	Enum         // Type.Enum: a closed set of strings
	Const        // Type.Const: one scalar, known beforehand and therefore not stored
	Array        // Type.Array
	Object       // Type.Object: known fields
	Map          // Type.Map: any keys, one type of value
	Union        // Type.Union: one of several objects, told apart by a field
	Raw          // Type.Raw: several JSON types; kept as JSON text after it has been checked
	Ref          // Type.Ref: a named type
	Null         // nothing but null
)

// Type is the set of JSON values that a schema accepts.
type Type struct {
	Name     string // as defined, such as "CreateUser"; empty for a type that stands inline
	Doc      string
	Pos      Pos
	Kind     Kind
	Nullable bool // null is accepted beside what Kind says; never set on Null, Const or Raw

	Examples []Value // values that the schema shows where it stands, for documentation; nobody has checked them

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

// Deref follows references to the type that is not one.
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

// IntegerLimits bounds an integer. Exclusive and fractional bounds have been turned into inclusive integers.
type IntegerLimits struct {
	Min, Max   *int64 // nil: the range of int64
	MultipleOf *int64 // positive
	Coerce     bool   // a string of 1 to 16 ASCII digits is read as that integer, and held to the same limits
}

// Decimal is a number as written in a schema, in canonical form: it has never been a float64. With D the significant digits
// (no zeros at either end) and E so that the value is D·10^E, it is plain digits when E is 0, or positive and they are at most 21, a plain
// fraction such as 0.0001 when -21 <= E < 0, and otherwise D, "e" and E, such as 1e400; a minus stands before; zero is 0.
type Decimal string

// NumberLimits bounds a number; empty means unbounded.
type NumberLimits struct {
	Min, Max, ExclusiveMin, ExclusiveMax, MultipleOf Decimal
}

// StringLimits bounds a string.
type StringLimits struct {
	MinLength int  // code points
	MaxLength *int // code points; nil: unbounded
	Pattern   *Pattern
	Format    Format
	Secret    bool // must never appear in a log or an error
}

// Pattern is a regular expression that RE2 and ECMA-262 read alike.
type Pattern struct {
	Source string
	// Steps is set when the expression is an anchored sequence of ASCII classes, which emitters turn into straight code;
	// matching is then greedy without backtracking, which lower has proved to be enough.
	Steps []Step
	// OrEmpty says that the empty string matches beside what Steps match.
	OrEmpty bool
}

// Step is one class of a simple pattern, with its repetition.
type Step struct {
	Ranges   []Range // sorted, without overlap
	Min, Max int     // Max < 0: unbounded
}

// Range is a range of ASCII bytes, both included.
type Range struct{ Low, High byte }

// Format is a named form of a string.
type Format uint8

// The formats, as JSON Schema draft-07 section 7.3 names them.
const (
	FormatNone     Format = iota
	FormatDateTime        // RFC 3339 section 5.6
	FormatUUID            // RFC 4122 section 3
	FormatURI             // RFC 3986
	FormatEmail           // RFC 5322 section 3.4.1
)

// EnumValue is one member of a closed set of strings.
type EnumValue struct {
	Value string
	Alias string // what programs make a name of in place of Value; nearly always empty, see Field
	Doc   string
}

// Value is a JSON value known beforehand.
type Value struct {
	Kind ValueKind
	JSON string // canonical JSON text: sorted keys, no white space, numbers normalised
	Text string // the string itself when Kind is StringValue
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
	// Closed: a key that is no field is refused. Otherwise it is skipped.
	Closed   bool
	Extra    *Type // type of the values of other keys, which are kept; nil: skipped or refused
	MinProps int
	MaxProps *int
	Names    *Type // a String type that every key must satisfy; nil: any
	// NullAbsent: a field that is null and not nullable counts as absent. Set on the objects of requests.
	NullAbsent bool
}

// Field is one property of an object.
type Field struct {
	Name string // as on the wire
	// Alias is what programs make a name of in place of Name. It is empty unless two names of one object differ only in
	// characters that no program can write, such as a quotation mark and a line feed.
	Alias    string
	Doc      string
	Type     *Type
	Required bool
	Always   bool   // optional to a reader, but our side always writes it
	Default  *Value // what an absent optional field stands for; scalars only
	Boxed    bool   // the type contains itself through this field, so that a language with values needs a pointer
}

// MapOf is an object with any keys.
type MapOf struct {
	Value    *Type
	MinProps int
	MaxProps *int
	Names    *Type // a String type that every key must satisfy; nil: any
}

// OneOf is a union of objects, told apart by the value of one field that each of them requires as a constant string.
type OneOf struct {
	Tag      string
	Variants []Variant
}

// Variant is one member of a union.
type Variant struct {
	Value string // of the tag
	Type  *Type  // reference to a named object; the tag is one of its fields, of kind Const
}

// AnyOf says, JSON type by JSON type, what a value that is kept as text must satisfy. A nil pointer or false refuses that
// JSON type altogether.
type AnyOf struct {
	// Any accepts every JSON value; nothing else is set then. Without it and without anything else, no value is accepted.
	Any bool

	Null, Boolean bool
	Number        *Type // of kind Integer or Number
	String        *Type // of kind String or Enum
	Array         *Type
	Object        *Type   // of kind Object or Map
	Enum          []Value // if not empty, the value must equal one of these, as JSON Schema draft-07 section 6.1.2 compares
}
