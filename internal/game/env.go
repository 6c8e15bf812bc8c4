package game

import "time"

// Rand is a source of random numbers. It must be safe for concurrent use, and unpredictable to
// players outside tests.
type Rand interface {
	// IntN returns a whole number from 0 to n-1, each equally likely. n is at least 1.
	IntN(n int) int
}

// IDs assigns ids to new things. It must be safe for concurrent use.
type IDs interface {
	// NextID returns an id, at least 1, that nothing of this kind has had on this server. It is
	// higher than the ids of everything of this kind in the session.
	NextID(kind Kind) int64
}

// Kind is a kind of things that have ids.
type Kind string

// The kinds.
const (
	KindCompany Kind = "company"
	KindFactory Kind = "factory"
	KindOffer   Kind = "offer"
	KindCredit  Kind = "credit"
	KindDeposit Kind = "deposit"
)

// Kinds returns all kinds.
func Kinds() []Kind { return []Kind{KindCompany, KindFactory, KindOffer, KindCredit, KindDeposit} }

// Env holds the time, the random numbers and the ids that a command may use.
type Env struct {
	Now  time.Time // the same for the whole command
	Rand Rand
	IDs  IDs
}

// Command says which session a command changes and where it came from.
type Command struct {
	Session string  // id of the session that it changes
	Origin  uint64  // id of the connection that sent it; 0 for none
	Request Request // identifies the command for exactly-once execution; zero: executed each time it is sent
}

// Request identifies a command of a client that has a client key, so that the command is executed
// once however often it is sent. The zero value identifies none.
type Request struct {
	Key  string   // the client's secret key; not empty
	ID   string   // the client's id for the command; not empty
	Hash [32]byte // of the command's type and parameters; the same when the command is sent again
}

// Outcome is the result of an executed command. It is published only after the command has been
// stored.
type Outcome struct {
	Events []Event // in causal order
	Answer []byte  // frame for the connection that sent the command, opaque to this package; nil for none; never nil for a command with a Request
}

// idLetters are the characters of random ids.
const idLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// RandomID returns n random capital letters and digits.
func RandomID(d Rand, n int) string {
	id := make([]byte, n)
	for i := range id {
		id[i] = idLetters[d.IntN(len(idLetters))]
	}
	return string(id)
}
