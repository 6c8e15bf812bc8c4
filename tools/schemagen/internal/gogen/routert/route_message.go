package routert

// Message describes one request that is served.
type Message struct {
	Type        string // the frame's "type"
	Method      string // of its noun's handler
	Noun        string
	Description string
	Auth        Auth
	Mutates     bool     // changes state
	Emits       []string // types of the broadcasts that it can cause
	Errors      []string // codes that it can be refused with, beside those of every request
	Args        []Arg    // its own fields, in the order of the schema
	Answer      string   // what it is answered with, in words such as "User or null"; "null" when nothing is
	AnswerFrame string   // type of the frame that the answer is; empty when it travels as the data of a response
}

// Arg describes a field of a request or of a broadcast.
type Arg struct {
	Name        string // as on the wire
	Type        string // in words, such as "array of User" or "integer or null"
	Limits      string // what values are held to, in words such as "From 1 to 9. Absent: 1."; empty: nothing
	Description string
	Required    bool
}

// Auth says whether a request needs the credential.
type Auth string

// What a request asks of its caller.
const (
	AuthNone     Auth = "none"
	AuthOptional Auth = "optional" // accepted without a credential; with a wrong one refused if it mutates, else accepted as without
	AuthRequired Auth = "required"
)

// Broadcast describes one message that the server sends unasked.
type Broadcast struct {
	Type        string // the frame's "type"
	Description string
	Delivery    Delivery
	Key         string // with DeliverLatest: the field of its data by which older ones are dropped; otherwise empty
	Fields      []Arg  // of its data, in the order of the schema
}

// Delivery says what may happen to a broadcast while a client is behind.
type Delivery string

// How a broadcast is delivered.
const (
	DeliverReliable Delivery = "reliable" // every one
	DeliverLatest   Delivery = "latest"   // for each value of its key, only the newest while a client is behind
)

// Messages returns the requests that are served, in the order of the schema. The slice and what it points to are shared: read only.
func Messages() []*Message { return messages }

// Broadcasts returns the broadcasts that are sent, in the order of the schema. The slice is shared: read only.
func Broadcasts() []Broadcast { return broadcasts }
