package mutationtest_test

// mutant is a change of one package that breaks a guarantee, and the test that must notice.
type mutant struct {
	name  string
	pkg   string // folder of the package; its tests include the guard
	edits []edit
	guard string // name of the test
	says  string // regular expression that the output of the failing guard matches
}

// edit replaces a piece of source code.
type edit struct {
	file string // in the folder of the package
	old  string // must occur exactly once in the file
	new  string
}

// mutants holds one mutant for each guarantee. Keep old short and free of comments, so that it
// survives changes nearby.
var mutants = []mutant{
	{
		// Guarantee: the log has at most one row for a client key and a request id, even if two
		// programs write at once.
		name: "request-index", pkg: "internal/store",
		edits: []edit{{"writer.go", "\tgo w.run()\n", `
	if _, err := conn.ExecContext(ctx, "DROP INDEX IF EXISTS log_request"); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	go w.run()
`}},
		guard: "TestOnce_decidedByTheIndex",
		says:  `answered "created 7" and "", <nil>`,
	},
	{
		// Guarantee: a stored answer is given again only to a request with the same parameters.
		name: "parameters-compared", pkg: "internal/store",
		edits: []edit{{"request.go", "if subtle.ConstantTimeCompare(", "if false && subtle.ConstantTimeCompare("}},
		guard: "TestOnce",
		says:  `got <nil>, want a refusal with code conflict`,
	},
	{
		// Guarantee: a resent request waits while the first one is being carried out.
		name: "twin-waits", pkg: "internal/store",
		edits: []edit{{"request.go", `s.requests.acquire(ctx, fmt.Sprintf("%x %s", identityOf(r), r.ID))`, "func() {}, ctx.Err()"}},
		guard: "TestOnce_waits",
		says:  `called while the same request was under way`,
	},
	{
		// Guarantee: a client with a wrong password does not get a stored answer.
		name: "trust-before-replay", pkg: "internal/handler",
		edits: []edit{{"intercept.go", "checkPassword(passwords, o), deduplicate(requests)}", "deduplicate(requests), checkPassword(passwords, o)}"}},
		guard: "TestOnce_other",
		says:  `sent .*"password":"wrong".*\(-want \+got\)`,
	},
	{
		// Guarantee: a commit is on the disk before it is answered.
		name: "sync", pkg: "internal/store",
		edits: []edit{{"sqlite.go", `"synchronous(FULL)", "foreign_keys(1)"`, `"synchronous(OFF)", "foreign_keys(1)"`}},
		guard: "TestFsyncs",
		says:  `\d+ transactions were acknowledged with 0 syncs`,
	},
	{
		// Guarantee: events are published only after they are stored.
		name: "publish-after-commit", pkg: "internal/store",
		edits: []edit{
			{"commit.go", "told = s.telling.begin(w.commit)\n", "told = s.telling.begin(w.commit)\ns.o.OnCommit(w.commit)\n"},
			{"commit.go", "s.o.OnCommit(done.commit)\n", "\n"},
		},
		guard: "TestStore_toldOfWhatIsStored",
		says:  `told of event 1, and 0 are stored`,
	},
	{
		// Guarantee: nobody reads events from the log before the client that caused them has its
		// answer.
		name: "read-when-told", pkg: "internal/store",
		edits: []edit{{"publish_barrier.go", "if len(m.Events) == 0 {", "if true {"}},
		guard: "TestEvents_notBeforeTheyAreTold",
		says:  `event 1 was read before it was published`,
	},
	{
		// Guarantee: the commands of a session are carried out and published one after the other.
		name: "session-lock", pkg: "internal/store",
		edits: []edit{{"commit.go", "s.locks.acquire(ctx, c.Session)", "func() {}, ctx.Err()"}},
		guard: "TestStore_onCommitHoldsTheSession",
		says:  `the next command began`,
	},
	{
		// Guarantee: the next command of a session begins only after this one is stored.
		name: "lock-until-commit", pkg: "internal/store",
		edits: []edit{{"commit.go", "\tdefer release()\n", `
	mutantRelease, mutantPrepare, mutantReleased := release, prepare, false
	release = func() {
		if !mutantReleased {
			mutantReleased = true
			mutantRelease()
		}
	}
	prepare = func(ctx context.Context) (*pendingCommit, error) {
		w, err := mutantPrepare(ctx)
		if err == nil {
			release()
		}
		return w, err
	}
	defer release()
`}},
		guard: "TestStore_nextAfterTheCommit",
		says:  `the next command began before the commit`,
	},
	{
		// Guarantee: what another program has changed is not overwritten from memory.
		name: "session-version", pkg: "internal/store",
		edits: []edit{
			{"session.go", "cells)\n\tWHERE id = ?5 AND epoch = ?6 AND version = ?7`", "cells)\n\tWHERE id = ?5 AND epoch = ?6 AND ?7`"},
			{"session.go", "deleted_at = ?9 WHERE id = ?5 AND epoch = ?6 AND version = ?7`", "deleted_at = ?9 WHERE id = ?5 AND epoch = ?6 AND ?7`"},
		},
		guard: "TestStore_nothingOverwritten",
		says:  `what the other program has changed is lost`,
	},
	{
		// Guarantee: a command that fails does not fail the others that share its transaction.
		name: "rerun-singly", pkg: "internal/store",
		edits: []edit{{"writer.go", "case len(group) == 1 ||", "case true ||"}},
		guard: "TestWriter_oneOfManyFails",
		says:  `\d: .*User 1000 already exists`,
	},
	{
		// Guarantee: a database file that was put in place of another gets new epochs.
		name: "epoch-after-copy", pkg: "internal/store",
		edits: []edit{{"identity.go", "renewed = said.mismatch(is)", "_ = said.mismatch(is)"}},
		guard: "TestRestore_bypassed",
		says:  `renewed`,
	},
	{
		// Guarantee: a client that was behind gets live events only after everything that was
		// published meanwhile.
		name: "live-when-caught-up", pkg: "internal/hub",
		edits: []edit{{"topic.go", "if l.seq != last || !has {", "if l.seq != last || !has && false {"}},
		guard: "TestCatchUp_publishedBeforeLive",
		says:  `event lost that was published before the subscriber was live`,
	},
	{
		// Guarantee: a client does not get live events that it has already read from the log.
		name: "known-not-resent", pkg: "internal/hub",
		edits: []edit{{"publish.go", "case last <= l.seq:", "case true:\n\tcase last <= l.seq:"}},
		guard: "TestPublish_noDuplicates",
		says:  `event sent twice`,
	},
}
