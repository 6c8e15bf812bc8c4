//go:build failure

package game_test

// thorough makes the tests of failures take the time that they need to find what is rare: see make
// test-failure.
const thorough = true
