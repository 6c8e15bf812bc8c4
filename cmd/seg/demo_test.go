package main

import (
	"regexp"
	"strings"
	"testing"

	"seg.example/internal/cli/clikit"
)

// TestDemo runs a whole demo and checks its output.
func TestDemo(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := runSeg(t, "demo", "--turn", "1s", "--steps", "3", "--bots", "5", "--ruleset", "industrial")
	if code != clikit.ExitOK || stderr != "" {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	for _, want := range []string{
		`5 bots play 3 turns of 1s each`, `seg watch --url ws://127\.0\.0\.1:\d+/ws/connect`,
		`turn  1 of 3 .*Ann 10,000`, `turn  3 of 3 `, `company +cell +balance +reputation`, `Eve +field \d:\d`, `Most capital: (Ann|Ben|Cleo|Dan|Eve) with`,
	} {
		if !regexp.MustCompile(want).MatchString(stdout) {
			t.Errorf("lacks %s:\n%s", want, stdout)
		}
	}
}

func TestDemo_usage(t *testing.T) {
	t.Parallel()
	for flags, want := range map[string]string{
		"--bots 17": "--bots must be from 1 to 16", "--bots 0": "--bots must be", "--steps 0": "--steps must be", "--turn 1500ms": "whole seconds",
		"--addr 8000": "--addr 8000",
	} {
		if code, _, stderr := runSeg(t, append([]string{"demo"}, strings.Fields(flags)...)...); code != clikit.ExitUsage || !strings.Contains(stderr, want) {
			t.Errorf("%s: %d, %s", flags, code, stderr)
		}
	}
}

// TestLoad_bots lets bots play games. No request of a bot may be refused.
func TestLoad_bots(t *testing.T) {
	t.Parallel()
	s := start(t, "--message-rate", "0")
	for _, ruleset := range []string{"classic", "industrial"} {
		var stdout, stderr string
		var code int
		for _, duration := range []string{"2s", "20s", "1m"} { // a slow machine may need the longer ones for its first turn
			code, stdout, stderr = runSeg(t, "load", "--bots", "6", "--bots-per-session", "3", "--duration", duration, "--ruleset", ruleset,
				"--password", password, "--url", "ws://"+s.addr+"/ws/connect")
			if regexp.MustCompile(`turn +[1-9]`).MatchString(stdout) {
				break
			}
		}
		if code != clikit.ExitOK || !regexp.MustCompile(`(?s)request +[1-9]\d*.*turn +[1-9].*server: \d.*errors: 0`).MatchString(stdout) {
			t.Errorf("%s: exit code %d\n%s%s", ruleset, code, stdout, stderr)
		}
	}
	code, stdout, stderr := runSeg(t, "call", "get-sessions", "--json", "--url", "ws://"+s.addr+"/ws/connect")
	if code != clikit.ExitOK || strings.TrimSpace(stdout) != "[]" {
		t.Errorf("sessions are left behind: %d, %s%s", code, stdout, stderr)
	}
}
