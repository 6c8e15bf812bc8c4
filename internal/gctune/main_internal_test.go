package gctune

import (
	"testing"

	"seg.example/internal/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }
