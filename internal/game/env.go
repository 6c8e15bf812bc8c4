package game

import "time"

// Dice is where chance comes from. It must be safe for concurrent use, and
// unpredictable to players outside tests.
type Dice interface {
	// Roll returns a whole number from 0 to n-1, each equally likely. n is at least 1.
	Roll(n int) int
}

// IDs gives numbers to what a command makes. It must be safe for concurrent use.
type IDs interface {
	// NextID returns a number from 1 on that nothing of kind has had on this server;
	// it is higher than those of everything of kind that exists in the session.
	NextID(kind Kind) int64
}

// Kind is a kind of things that get a number.
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

// Env is what a command is given of the world.
type Env struct {
	Now  time.Time // when the command is carried out; one time for the whole command
	Dice Dice
	IDs  IDs
}

// Command names what a command is for and who gave it.
type Command struct {
	Session string  // name of the session that it changes
	Origin  uint64  // number of the connection that it came from; 0 when from none
	Request Request // under which it is remembered; the zero value: it is not
}

// Request identifies a command of a client that proves who it is, so that it is
// carried out once however often it is sent. The zero value identifies none.
type Request struct {
	Key  string   // what proves who the client is; not empty
	ID   string   // the client's name for the command; not empty
	Hash [32]byte // of the command's type and parameters, which a resent one shares
}

// Outcome is what a command that was carried out leaves for the world. It is
// published only once the command has been stored.
type Outcome struct {
	Events []Event // in causal order
	Answer []byte  // frame for the connection that gave the command, opaque here; nil for none, not for a Request
}

// idLetters are those of drawn names.
const idLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// DrawID returns n random capital letters and digits.
func DrawID(d Dice, n int) string {
	id := make([]byte, n)
	for i := range id {
		id[i] = idLetters[d.Roll(len(idLetters))]
	}
	return string(id)
}
