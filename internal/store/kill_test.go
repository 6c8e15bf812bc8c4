package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"seg.example/internal/game"
	"seg.example/internal/store"
)

// In the environment of this test program, these make it a child that works on a database, and tells what it does on its standard
// output.
const (
	childTask = "SEG_TEST_TASK"
	childFile = "SEG_TEST_FILE"
)

const (
	killWriters = 16
	perRound    = 1_000_000 // numbers of users for each round of killing
)

// runChild is the whole of a child process.
func runChild(task, file string) int {
	o := options("sqlite://"+file, new(recorder))
	o.OnCommit = func(store.Commit) {}
	s, err := store.Open(context.Background(), o)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	f := &fixture{Store: s}
	kind, argument, _ := strings.Cut(task, " ")
	n, err := strconv.Atoi(argument)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	switch kind {
	case "write":
		return writeUntilKilled(f, int64(n))
	case "count":
		return writeAndCount(f, n)
	case "fill":
		return fillTheDisk(f, filepath.Dir(file))
	}
	return 1
}

// childCommand is a command that runs a child.
func childCommand(t *testing.T, wrapper []string, task, file string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	must(t, err)
	args := append(slices.Clone(wrapper), program)
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Env = append(os.Environ(), childTask+"="+task, childFile+"="+file)
	cmd.Stderr = t.Output()
	return cmd
}

// writeUntilKilled registers users, each with a request of its own, and tells of each one that has been acknowledged.
func writeUntilKilled(f *fixture, round int64) int {
	var mu sync.Mutex // published commits are acknowledged, pending ones are not
	var all sync.WaitGroup
	for w := range int64(killWriters) {
		all.Go(func() {
			for i := int64(1); ; i++ {
				id := round*perRound + w*perRound/killWriters + i
				answer, err := f.once(killRequest(id), fmt.Sprint("S", w), id)
				if err != nil || answer != fmt.Sprint("created ", id) {
					fmt.Fprintln(os.Stderr, answer, err)
					os.Exit(1)
				}
				mu.Lock()
				fmt.Println(id)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return 0
}

func killRequest(id int64) game.Request {
	return request(fmt.Sprint("client ", id%7), fmt.Sprint("r", id), fmt.Sprint(id))
}

// TestKill kills a program that writes, again and again. Whatever it had acknowledged is there, once, and answered as before.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: make test runs it")
	}
	t.Parallel()
	testKill(t, 2)
}

func testKill(t *testing.T, rounds int64) {
	t.Helper()
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	f := newFixture(t)
	for w := range killWriters {
		f.mustCreate(fmt.Sprint("S", w))
	}
	sum := tally{seed: seed}
	known := map[int64]bool{}
	for round := range rounds {
		must(t, f.Close())
		for _, id := range writeAndKill(t, f.file, round, 150+random.IntN(300)) {
			known[id] = true
			sum.acked++
		}
		f.Store = f.open()
		if why := f.EpochResetReason(); why != "" {
			t.Errorf("round %d: a crash was taken for a copy: %s", round, why)
		}
		stored := map[int64]int{}
		for _, id := range query[int64](f, "SELECT id FROM users WHERE id >= ? AND id < ?", round*perRound, (round+1)*perRound) {
			stored[id]++
		}
		for id := range known {
			if id/perRound == round && stored[id] == 0 {
				sum.lost++
			}
		}
		late := 0
		for id := range stored {
			if !known[id] {
				late++
			}
		}
		if sum.ambiguous += late; late > killWriters {
			t.Errorf("round %d: %d commands of %d writers are stored and were not acknowledged", round, late, killWriters)
		}
		sum.duplicated += checkConsistent(t, f)
		// What was under way is sent again, and so is some of what was acknowledged.
		for id, n := range stored {
			if n != 1 || !known[id] || random.IntN(50) == 0 {
				answer, err := f.once(killRequest(id), "none", 0)
				if err != nil || answer != fmt.Sprint("created ", id) {
					t.Errorf("user %d is stored, and answered %q, %v", id, answer, err)
				}
			}
		}
	}
	sum.report(t, fmt.Sprintf("kill, %d rounds", rounds))
}

// writeAndKill starts a child that writes and kills it some milliseconds after its first acknowledgement. It returns what the
// child has acknowledged.
func writeAndKill(t *testing.T, file string, round int64, ms int) []int64 {
	t.Helper()
	cmd := childCommand(t, nil, fmt.Sprint("write ", round), file)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	var acked []int64
	var kill sync.Once
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		kill.Do(func() { time.AfterFunc(time.Duration(ms)*time.Millisecond, func() { cmd.Process.Kill() }) })
		if id, err := strconv.ParseInt(lines.Text(), 10, 64); err == nil { // the last line may be torn: it is not acknowledged
			acked = append(acked, id)
		}
	}
	err = cmd.Wait()
	if cmd.ProcessState.ExitCode() != -1 {
		t.Fatalf("the child ended by itself: %v", err)
	}
	return acked
}

// checkConsistent holds the database to what must be true of it at any time, and returns how many requests have had more than one
// effect.
func checkConsistent(t *testing.T, f *fixture) (duplicated int) {
	t.Helper()
	if got := query[string](f, "PRAGMA integrity_check"); !slices.Equal(got, []string{"ok"}) {
		t.Errorf("integrity: %v", got)
	}
	for what, text := range map[string]string{
		"sessions whose number is not that of their last event": `SELECT s.name FROM sessions AS s
			WHERE s.seq <> coalesce((SELECT max(seq_to) FROM log AS l WHERE l.session_id = s.id AND l.epoch = s.epoch), 0)`,
		"gaps": `SELECT session_id FROM log WHERE seq_from IS NOT NULL GROUP BY session_id, epoch
			HAVING sum(seq_to - seq_from + 1) <> max(seq_to) OR min(seq_from) <> 1`,
		"users without an owner": "SELECT id FROM users AS u WHERE NOT EXISTS (SELECT 1 FROM owners AS o WHERE o.kind = 'user' AND o.id = u.id)",
		"sessions with users that no event made": `SELECT s.name FROM sessions AS s
			WHERE (SELECT count(*) FROM users AS u WHERE u.session_id = s.id) <> (SELECT count(*) FROM log AS l WHERE l.session_id = s.id AND l.key IS NOT NULL)`,
	} {
		if bad := query[string](f, text); len(bad) > 0 {
			t.Errorf("%s: %v", what, bad)
		}
	}
	return len(query[string](f, "SELECT request_id FROM log GROUP BY request_id HAVING count(*) > 1 AND request_id IS NOT NULL"))
}

// writeAndCount carries out commands of many clients at once and tells how many, and in how many transactions.
func writeAndCount(f *fixture, clients int) int {
	const each = 50
	var all sync.WaitGroup
	fmt.Println("begin")
	before := f.Groups()
	for c := range clients {
		all.Go(func() {
			for i := range each {
				if err := f.do(fmt.Sprint("S", c), createUser(int64(c*each+i+1), fmt.Sprint("u", i))); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
			}
		})
	}
	all.Wait()
	fmt.Println(clients*each, f.Groups()-before)
	if err := f.Close(); err != nil {
		return 1
	}
	return 0
}

// TestFsyncs counts what the operating system is asked for: each transaction is synced before it is acknowledged, and many
// commands share one.
func TestFsyncs(t *testing.T) {
	t.Parallel()
	testFsyncs(t)
}

func testFsyncs(t *testing.T) {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		missing(t, "strace")
	}
	const clients = 32
	f := newFixture(t)
	for c := range clients {
		f.mustCreate(fmt.Sprint("S", c))
	}
	must(t, f.Close())
	trace := filepath.Join(t.TempDir(), "trace")
	cmd := childCommand(t, []string{strace, "-f", "-qq", "-e", "trace=fsync,fdatasync,write", "-o", trace}, fmt.Sprint("count ", clients), f.file)
	out, err := cmd.Output()
	must(t, err)
	f.Store = f.open()
	var commands, groups int
	if _, err := fmt.Sscanf(string(out), "begin\n%d %d", &commands, &groups); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	text, err := os.ReadFile(trace)
	must(t, err)
	_, text2, found := strings.Cut(string(text), `"begin`)
	text2, _, ended := strings.Cut(text2, fmt.Sprintf(`"%d %d`, commands, groups))
	if !found || !ended {
		t.Fatal("the trace lacks the marks")
	}
	syncs := strings.Count(text2, "fsync(") + strings.Count(text2, "fdatasync(")
	stored := query[int](f, "SELECT count(*) FROM users")[0]
	tally{acked: commands, lost: commands - stored}.report(t, fmt.Sprintf("fsyncs, %d transactions with %d syncs", groups, syncs))
	if syncs < groups || groups == 0 {
		t.Errorf("%d transactions were acknowledged with %d syncs", groups, syncs)
	}
	if commands < 2*groups {
		t.Errorf("%d commands took %d transactions", commands, groups)
	}
}

// missing skips a test for lack of a tool, except where all of them must be there.
func missing(t *testing.T, tool string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing, which CI must have", tool)
	}
	t.Skipf("%s is missing: install it to run this test", tool)
}

// fillTheDisk writes until there is no room, sees what still works, makes room and goes on. It tells how many commands were
// acknowledged, and how many of their users are there.
func fillTheDisk(f *fixture, dir string) int {
	fail := func(what string, err error) int { fmt.Fprintln(os.Stderr, what, err); return 1 }
	ctx := context.Background()
	if err := f.AddRuleset(ctx, rules.ID, []byte("{}")); err != nil {
		return fail("add ruleset:", err)
	}
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 3<<20), 0o600); err != nil {
		return fail("ballast:", err)
	}
	if err := f.create("A"); err != nil {
		return fail("create:", err)
	}
	id := int64(0)
	for err := error(nil); err == nil; {
		if id++; id > 1_000_000 {
			return fail("the disk never became full", nil)
		}
		if err = f.do("A", createUser(id, fmt.Sprint("u", id))); err != nil && !refusedAsFull(err) {
			return fail("not full:", err)
		}
	}
	before := id - 1
	for range 20 { // it stays so, and reads go on
		if err := f.do("A", createUser(id, fmt.Sprint("u", id))); !refusedAsFull(err) {
			return fail("not full any more:", err)
		}
		users, err := f.Users(ctx, game.UserFilter{})
		if err != nil || int64(len(users)) != before {
			return fail(fmt.Sprintf("%d of %d users", len(users), before), err)
		}
	}
	if err := os.Remove(ballast); err != nil {
		return fail("ballast:", err)
	}
	for range 100 {
		if err := f.do("A", createUser(id, fmt.Sprint("u", id))); err != nil {
			return fail("after there was room:", err)
		}
		id++
	}
	if m, err := f.Events(ctx, "A", store.Position{}, 1); err != nil || m.LastSeq != before+100 {
		return fail(fmt.Sprintf("the last event has number %d, not %d", m.LastSeq, before+100), err)
	}
	users, err := f.Users(ctx, game.UserFilter{})
	if err != nil {
		return fail("users:", err)
	}
	if err := f.Close(); err != nil {
		return fail("close:", err)
	}
	fmt.Println(before+100, len(users))
	return 0
}

// refusedAsFull reports whether err is the refusal for a full disk.
func refusedAsFull(err error) bool {
	refusal, ok := errors.AsType[*game.Refusal](err)
	return ok && refusal.Code == game.CodeRateLimited && strings.Contains(refusal.Text, "disk is full")
}

// TestDiskFull fills a small file system of its own.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	testDiskFull(t)
}

func testDiskFull(t *testing.T) {
	t.Helper()
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		missing(t, "unshare")
	}
	dir := t.TempDir()
	namespace := []string{unshare, "--user", "--map-root-user", "--mount", "sh", "-c", `mount -t tmpfs -o size=8m tmpfs "$0" && exec "$@"`, dir}
	if out, err := exec.CommandContext(t.Context(), unshare, append(slices.Clone(namespace[1:]), "true")...).CombinedOutput(); err != nil {
		t.Logf("%s", out)
		missing(t, "a user namespace that may mount")
	}
	out, err := childCommand(t, namespace, "fill 0", filepath.Join(dir, "seg.db")).Output()
	if err != nil {
		t.Fatal(err)
	}
	var acked, stored int
	if _, err := fmt.Sscan(string(out), &acked, &stored); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	tally{acked: acked, lost: max(0, acked-stored), duplicated: max(0, stored-acked)}.report(t, "disk full")
}
