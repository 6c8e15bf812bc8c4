# make help lists what there is.

GO        ?= go
FUZZTIME  ?= 10s
BENCHTIME ?= 1s
LINT      := $(GO) tool -modfile=tools/lint/go.mod golangci-lint
SCHEMAGEN := $(GO) run ./tools/schemagen

# The race detector needs cgo and a C compiler.
CAN_RACE := $(shell test "$$($(GO) env CGO_ENABLED)" = 1 && command -v "$$($(GO) env CC)" >/dev/null && echo yes)

.DEFAULT_GOAL := all
.PHONY: all help run build gen fmt check check-gen lint tidy test test-go test-race test-node fuzz bench clean

all: fmt lint test ## format, lint and test: what to run before a commit

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## start the server (SEG_PASSWORD=… make run; ARGS='--addr :9000' for flags)
	$(GO) run ./cmd/seg serve $(ARGS)

build: ## compile bin/seg
	$(GO) build -trimpath -o bin/seg ./cmd/seg

gen: ## write gen/ anew from schema/
	$(GO) generate ./...

fmt: ## format Go code
	$(LINT) fmt

check: check-gen lint tidy ## generated files current, formatted, linted, tidy

# schemagen compares text; git sees what the comparison cannot, a file that was never committed.
check-gen:
	$(SCHEMAGEN) lint --schema schema
	$(SCHEMAGEN) check --schema schema --out gen
	@if git rev-parse --git-dir >/dev/null 2>&1; then \
	  dirty=$$(git status --porcelain -- gen schema/meta); \
	  test -z "$$dirty" || { echo "generated files are not committed:"; echo "$$dirty"; exit 1; }; \
	fi

lint: ## formatting and linters
	$(LINT) fmt --diff
	$(LINT) run

tidy:
	$(GO) mod tidy -diff
	$(GO) -C tools/lint mod tidy -diff
	$(GO) -C tools/suite mod tidy -diff

test: test-go test-race test-node ## every test

test-go:
	$(GO) test ./...

# What runs goroutines, once more under the race detector.
test-race:
ifeq ($(CAN_RACE),yes)
	$(GO) test -race ./internal/... ./cmd/...
else ifeq ($(CI),true)
	@echo "the race detector needs cgo and a C compiler, which CI must have"; exit 1
else
	@echo "no C compiler: the tests under the race detector are left out (install gcc or clang to run them)"
endif

test-node: build tools/node/node_modules/.package-lock.json
	cd tools/node && node --test

tools/node/node_modules/.package-lock.json: tools/node/package-lock.json
	cd tools/node && npm ci --no-fund --no-audit
	@touch $@

fuzz: ## fuzz the decoders for FUZZTIME (10s)
	$(GO) test -run '^$$' -fuzz FuzzDecode -fuzztime $(FUZZTIME) ./internal/contracttest

bench: ## benchmarks, side by side
	$(GO) test -run '^$$' -bench . -benchtime $(BENCHTIME) ./internal/contracttest ./tools/schemagen/...

clean: ## remove what was built (never a database)
	rm -rf bin tools/node/node_modules
