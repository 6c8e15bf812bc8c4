// Package call is the command "seg call": it sends one request and prints the answer.
package call
