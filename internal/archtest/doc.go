// Package archtest tests the repository itself: which package may import which, the layout and dependency tables of the documents,
// links between documents, and words that we no longer use. It has tests only.
package archtest
