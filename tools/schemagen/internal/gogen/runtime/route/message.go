package route

// Message describes one request.
type Message struct {
	Type        string // the frame's "type"
	Method      string // of its noun's handler
	Noun        string
	Description string
	Auth        Auth
	Mutates     bool     // changes state
	Emits       []string // types of the broadcasts that it can cause
	Errors      []string // error codes besides those of every request
	Args        []Arg    // its fields, in the order of the schema, without those of the envelope
	Answer      string   // type of the answer in words, such as "User or null"; "null" if it has none
	AnswerFrame string   // type of the answer frame; empty if the answer is the data of a response
}

// Arg describes a field of a request or of a broadcast.
type Arg struct {
	Name        string // as on the wire
	Type        string // in words, such as "array of User" or "integer or null"
	Limits      string // limits and default in words, such as "From 1 to 9. Absent: 1."; may be empty
	Description string
	Required    bool
}

// Auth says whether a request needs the credential.
type Auth string

// The levels of authentication.
const (
	AuthNone     Auth = "none"
	AuthOptional Auth = "optional" // accepted without a credential; a wrong one is refused if the request mutates, else ignored
	AuthRequired Auth = "required"
)

// Broadcast describes one message from the server to all subscribers.
type Broadcast struct {
	Type        string // the frame's "type"
	Description string
	Delivery    Delivery
	Key         string // with DeliverLatest: the field of its data by which it is conflated; otherwise empty
	Fields      []Arg  // of its data, in the order of the schema
}

// Delivery says whether broadcasts may be left out while a client is too slow.
type Delivery string

// How a broadcast is delivered.
const (
	DeliverReliable Delivery = "reliable" // every broadcast is delivered
	DeliverLatest   Delivery = "latest"   // only the newest for each value of Key while a client is too slow
)

// Messages returns the requests in the order of the schema. The result is shared; do not modify it.
func Messages() []*Message { return messages }

// Broadcasts returns the broadcasts in the order of the schema. The result is shared; do not modify
// it.
func Broadcasts() []Broadcast { return broadcasts }
