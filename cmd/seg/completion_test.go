package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"seg.example/gen/route"
	"seg.example/internal/cli"
	"seg.example/internal/cli/clikit"
)

func TestCompletion(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		args []string
		want string // completions and the directive
	}{
		{[]string{"ca"}, "call\tSend one request and print its answer\n:4\n"},
		{[]string{"call", "create-"}, "create-company\tFounds a company in the founder's session, in stage FreeUserConnect\n" +
			"create-exchange-offer\tCreates an offer\ncreate-session\tCreates a session in FreeUserConnect, at step 0\ncreate-user\tRegisters a user in a session, in stage FreeUserConnect\n:4\n"},
		{[]string{"call", "delete-session", ""}, "session_id=\tThe session\nreally=\tMust be true\nexpected_stage=\tThe stage that the caller has seen\npassword=\tThe operator's password\n:6\n"},
		{[]string{"call", "delete-session", "session_id=G1", "password:=1", ""}, "really=\tMust be true\nexpected_stage=\tThe stage that the caller has seen\n:6\n"},
		{[]string{"call", "delete-session", "really="}, "really=true\n:4\n"},
		{[]string{"call", "get-sessions", "stage=C"}, "stage=CellSelect\nstage=ChangeTurn\n:4\n"},
		{[]string{"call", "create-user", "username="}, ":4\n"},
		{[]string{"load", "call", "delete-s"}, "delete-session\tDeletes a session with all its users and companies, in any stage\n:4\n"},
		{[]string{"load", "call", "delete-session", ""}, "session_id=\tThe session\nreally=\tMust be true\nexpected_stage=\tThe stage that the caller has seen\npassword=\tThe operator's password\n:6\n"},
		{[]string{"watch", "--type", "api-user_d"}, "api-user_deleted\tA user has been deleted.\n:4\n"},
		{[]string{"completion", ""}, "bash\tPrint the script for bash\nfish\tPrint the script for fish\nzsh\tPrint the script for zsh\n:4\n"},
	} {
		// Cobra leaves filtering to the shell.
		code, stdout, _ := runSeg(t, append([]string{"__complete"}, row.args...)...)
		var kept strings.Builder
		for line := range strings.Lines(stdout) {
			if strings.HasPrefix(line, ":") || strings.HasPrefix(line, row.args[len(row.args)-1]) {
				kept.WriteString(line)
			}
		}
		if code != clikit.ExitOK || kept.String() != row.want {
			t.Errorf("%q: exit code %d\n%q\nwant\n%q", row.args, code, kept.String(), row.want)
		}
	}
}

// TestCompletion_everyMessage: every message is completed with its description, its fields with
// theirs, and the values of fields with few values.
func TestCompletion_everyMessage(t *testing.T) {
	t.Parallel()
	lists := func(text string, args ...string) {
		t.Helper()
		_, stdout, _ := runSeg(t, append([]string{"__complete", "call"}, args...)...)
		if !strings.Contains("\n"+stdout, "\n"+text) {
			t.Errorf("%q are not completed by %q:\n%s", args, text, stdout)
		}
	}
	values := 0
	for _, m := range route.Messages() {
		lists(m.Type+"\t", m.Type[:3])
		for _, field := range m.Args {
			sentence, _, _ := strings.Cut(field.Description, ". ")
			lists(field.Name+"=\t"+strings.TrimSuffix(sentence, ".")+"\n", m.Type, "")
			for _, value := range fewValues(field.Type) {
				values++
				lists(field.Name+"="+value+"\n", m.Type, field.Name+"=")
			}
		}
	}
	if values < 20 {
		t.Errorf("only %d values are completed", values)
	}
	for _, b := range route.Broadcasts() {
		if _, stdout, _ := runSeg(t, "__complete", "watch", "--type", ""); !strings.Contains(stdout, b.Type+"\t") {
			t.Errorf("seg watch --type is not completed by %s", b.Type)
		}
	}
}

// fewValues returns the values of a type with few values. The type is in the form of route.Arg: true,
// "a" | "b", or boolean.
func fewValues(typ string) (values []string) {
	if typ == "boolean" {
		return []string{"true", "false"}
	}
	for _, found := range regexp.MustCompile(`"([^"]*)"|\b(?:true|false)\b`).FindAllString(typ, -1) {
		values = append(values, strings.Trim(found, `"`))
	}
	return values
}

func TestCompletion_scripts(t *testing.T) {
	t.Parallel()
	for shell, want := range map[string]string{"bash": "complete -o default -F __seg_after_equals seg", "zsh": "#compdef seg", "fish": "complete -c seg"} {
		if code, stdout, stderr := runSeg(t, "completion", shell); code != clikit.ExitOK || !strings.Contains(stdout, want) || stderr != "" {
			t.Errorf("seg completion %s: exit code %d, and no %q: %s", shell, code, want, stderr)
		}
	}
	if code, _, stderr := runSeg(t, "completion", "tcsh"); code != clikit.ExitUsage {
		t.Errorf("seg completion tcsh: exit code %d: %s", code, stderr)
	}
}

// asSeg is the variable that makes TestAsSeg run the program.
const asSeg = "TEST_IS_THE_PROGRAM"

// TestAsSeg is not a test: it runs the program in the test binary, so that a shell can call it.
func TestAsSeg(*testing.T) {
	if os.Getenv(asSeg) == "" {
		return
	}
	for i, arg := range os.Args {
		if arg == "--" {
			os.Exit(cli.Run(context.Background(), os.Args[i+1:], os.Stdout, os.Stderr))
		}
	}
}

// TestCompletion_inBash completes lines in a real bash, which splits words at "=".
func TestCompletion_inBash(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash: what it makes of the script is not tested")
	}
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	wrapper := "#!/bin/sh\n" + asSeg + "=1 exec '" + binary + "' -test.run '^TestAsSeg$' -- \"$@\"\n"
	if err := os.WriteFile(filepath.Join(dir, "seg"), []byte(wrapper), 0o700); err != nil {
		t.Fatal(err)
	}
	// _get_comp_words_by_ref replaces that of bash-completion: with -n =: it splits only at white
	// space.
	const script = `
_get_comp_words_by_ref() {
    read -ra words <<< "${COMP_LINE:0:COMP_POINT}"
    [[ ${COMP_LINE:COMP_POINT-1:1} == " " ]] && words+=("")
    cword=$(( ${#words[@]} - 1 )); cur=${words[cword]}; prev=${words[cword-1]}
}
source <(seg completion bash)
compopt() { :; }
COMP_LINE="$1" COMP_POINT=${#1} COMP_TYPE=9 COMP_KEY=9
COMP_WORDS=($1); COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
__seg_after_equals seg
printf '%s\n' "${COMPREPLY[@]}"
`
	for line, want := range map[string]string{
		"seg call create-u":                     "create-user",
		"seg call get-sessions sta":             "stage=",
		"seg call get-sessions stage=Ga":        "Game",
		"seg call delete-session --json really": "really=",
	} {
		cmd := exec.CommandContext(t.Context(), bash, "--norc", "-c", script, "bash", line)
		cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
		out, err := cmd.CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("%q: %v, got %q, want %q", line, err, got, want)
		}
	}
}
