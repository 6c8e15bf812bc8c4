// Package archtest holds the tree against its own rules: who may import whom, how long a file may be, which names say nothing,
// and that README's layout table tells the truth. It has tests only.
package archtest
