package game

// Ruleset is what the rules need of a ruleset document.
type Ruleset struct {
	ID       RulesetID
	Map      MapSize
	Pattern  string // how the map is laid, such as "random"
	MaxSteps int64  // steps of a session that does not say otherwise, 1-1000
}

// RulesetID says which document a session was made with.
type RulesetID struct {
	Name string
	Hash string // SHA-256 of the document's canonical bytes, 64 hexadecimal digits
}

// MapSize is the size of a map in cells.
type MapSize struct{ Rows, Cols int64 }
