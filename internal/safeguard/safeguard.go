// Package safeguard names what the server's promises rest on, one thing at a time, so that a build for tests can leave one of them
// out: the test that guards the promise must notice. TestRemoved goes through all of them. A build without the tag unsafe leaves
// nothing out, whatever its environment, and the compiler drops the question.
package safeguard

// Name is a safeguard.
type Name string

// The safeguards, and what each of them keeps.
const (
	// RequestIndex: the log has one row for each key and request id, whoever is fastest.
	RequestIndex Name = "request-index"
	// ParametersCompared: an answer is given again only to the same request.
	ParametersCompared Name = "parameters-compared"
	// TwinWaits: a request waits for the same one under way.
	TwinWaits Name = "twin-waits"
	// TrustBeforeReplay: who presents a wrong password does not get a stored answer either.
	TrustBeforeReplay Name = "trust-before-replay"
	// Sync: a commit is on the disk before it is answered.
	Sync Name = "sync"
	// PublishAfterCommit: nobody hears of what is not stored.
	PublishAfterCommit Name = "publish-after-commit"
	// ReadWhenTold: nobody reads events from the log before the one who caused them has been answered.
	ReadWhenTold Name = "read-when-told"
	// SessionLock: a session's commands are carried out and told of one after the other.
	SessionLock Name = "session-lock"
	// LockUntilCommit: the next command of a session begins when this one has been stored.
	LockUntilCommit Name = "lock-until-commit"
	// SessionVersion: what another program has changed is not overwritten from memory.
	SessionVersion Name = "session-version"
	// RerunSingly: a command that fails does not take along those that shared its transaction.
	RerunSingly Name = "rerun-singly"
	// EpochAfterCopy: a database that was put in place of another gets new epochs.
	EpochAfterCopy Name = "epoch-after-copy"
	// LiveWhenCaughtUp: who was behind gets what is published only once it has all that was published meanwhile.
	LiveWhenCaughtUp Name = "live-when-caught-up"
	// KnownNotResent: of what is published nobody gets what it has from the log.
	KnownNotResent Name = "known-not-resent"
)
