package game

// ExtractAndProduce plays the part of a turn that makes goods, for the company at i, on a copy of
// s.
func ExtractAndProduce(s *Session, i int) (*Session, []Event) {
	d := s.Clone().begin(Env{})
	d.extractAndProduce(d.mutableAt(i))
	return d.Session, d.events
}

// CancelOffers cancels the offers of a company on a copy of s.
func CancelOffers(s *Session, company int64) (*Session, []Event) {
	d := s.Clone().begin(Env{})
	d.cancelOffers(company)
	return d.Session, d.events
}
