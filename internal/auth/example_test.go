package auth_test

import (
	"fmt"
	"net/netip"
	"time"

	"seg.example/internal/auth"
)

// An empty or forgotten password opens nothing, and a password is never printed.
func ExamplePassword() {
	password := auth.New("open sesame")
	fmt.Println(password.Check("open sesame"), password.Check("Open sesame"))
	fmt.Println(auth.New("").Check(""))
	fmt.Printf("%v %#v\n", password, password)
	// Output:
	// true false
	// false
	// *** ***
}

// After three wrong passwords a source must wait. Other sources are not affected.
func ExampleGuard() {
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	guard := auth.NewGuard(auth.New("open sesame"), 3, func() time.Time { return now })
	guard.OnDelay = func(source netip.Prefix, wrong int, wait time.Duration) {
		fmt.Printf("%s: %d wrong passwords, wait %s\n", source, wrong, wait)
	}
	attacker, player := netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("192.0.2.2/32")
	for range 3 {
		guard.Check(attacker, "guess")
	}
	fmt.Println(guard.Check(attacker, "open sesame") == auth.TooMany)
	fmt.Println(guard.Check(player, "open sesame") == auth.Right)

	now = now.Add(guard.Delay(attacker))
	fmt.Println(guard.Check(attacker, "open sesame") == auth.Right)
	// Output:
	// 192.0.2.1/32: 3 wrong passwords, wait 1s
	// true
	// true
	// true
}
