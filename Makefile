# make help lists what there is.

GO        ?= go
FUZZTIME  ?= 10s
BENCHTIME ?= 1s
LINT      := $(GO) tool -modfile=tools/lint/go.mod golangci-lint
SCHEMAGEN := $(GO) run ./tools/schemagen

# The race detector needs cgo and a C compiler.
CAN_RACE := $(shell test "$$($(GO) env CGO_ENABLED)" = 1 && command -v "$$($(GO) env CC)" >/dev/null && echo yes)

.DEFAULT_GOAL := all
.PHONY: all help run demo build ts gen fmt check check-gen check-breaking release lint tidy test test-short test-go test-race test-failure test-node test-bench fuzz bench findings clean

all: fmt lint test ## format, lint and test: what to run before a commit

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-12s  %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## start the server (SEG_PASSWORD=… make run; ARGS='--addr :9000' for flags)
	bin/seg serve $(ARGS)

demo: build ## watch bots play a whole game on a server of its own (ARGS='--turn 1s' for flags)
	bin/seg demo $(ARGS)

build: ## compile bin/seg
	$(GO) build -trimpath -o bin/seg ./cmd/seg

ts: tools/node/node_modules/.package-lock.json ## build the npm package in gen/ts/dist
	cd tools/node && npm run build

gen: ## write gen/ anew from schema/
	$(GO) generate ./...

fmt: ## format Go code
	$(LINT) fmt

check: check-gen check-breaking lint tidy ## generated files current, no client broken, formatted, linted, tidy

# schemagen compares text; git sees what the comparison cannot, a file that was never committed.
check-gen:
	$(SCHEMAGEN) lint --complete --schema schema
	$(SCHEMAGEN) check --schema schema --out gen
	@if git rev-parse --git-dir >/dev/null 2>&1; then \
	  dirty=$$(git status --porcelain -- gen schema/meta); \
	  test -z "$$dirty" || { echo "generated files are not committed:"; echo "$$dirty"; exit 1; }; \
	fi

# What clients out there use is in schema/released, once there is a release; CHANGELOG knows whether there is one.
check-breaking:
	@if grep -q '^## [0-9]' CHANGELOG.md; then \
	  $(SCHEMAGEN) breaking --schema schema --against schema/released/contract.json --allow schema/released/allow.json; \
	else \
	  echo "nothing has been released yet"; \
	fi

release: check-gen ## clients use the schema from now on: schema/released and CHANGELOG's entry (VERSION=0.1.0)
	@test -n "$(VERSION)" || { echo "say which: make release VERSION=$$(sed -n 's/.*"version": "\(.*\)".*/\1/p' schema/contract.json)"; exit 1; }
	@dirty=$$(git status --porcelain) && test -z "$$dirty" || { echo "commit first what is to be released:"; echo "$$dirty"; exit 1; }
	$(SCHEMAGEN) release --schema schema --released schema/released --changelog CHANGELOG.md $(VERSION)
	@echo "commit them"

lint: ## formatting and linters
	$(LINT) fmt --diff
	$(LINT) run --allow-parallel-runners
	cd tools/bench && $(GO) tool -modfile=../lint/go.mod golangci-lint run --allow-parallel-runners --disable forbidigo # a bench takes the time

tidy:
	$(GO) mod tidy -diff
	$(GO) -C tools/lint mod tidy -diff
	$(GO) -C tools/suite mod tidy -diff
	$(GO) -C tools/bench mod tidy -diff

test-short: ## the short Go tests, in less than a minute on two cores; the others say that make test runs them
	$(GO) test -short ./...

test: test-go test-race test-node test-bench ## every test

# Far more than the slowest package takes on a busy machine: it ends only what hangs.
TIMEOUT := -timeout 60m

test-go:
	$(GO) test $(TIMEOUT) ./...

# What runs goroutines, once more under the race detector.
test-race:
ifeq ($(CAN_RACE),yes)
	$(GO) test -race $(TIMEOUT) ./internal/... ./cmd/... ./tools/schemagen/internal/gogen/runtime/client
else ifeq ($(CI),true)
	@echo "the race detector needs cgo and a C compiler, which CI must have"; exit 1
else
	@echo "no C compiler: the tests under the race detector are left out (install gcc or clang to run them)"
endif

test-bench:
	$(GO) -C tools/bench test $(TIMEOUT) ./...

test-node: build tools/node/node_modules/.package-lock.json
	cd tools/node && npm test --silent

tools/node/node_modules/.package-lock.json: tools/node/package-lock.json
	cd tools/node && npm ci --no-fund --no-audit
	@touch $@

# Runs the tests that stand in files with the build tag "failure". They run one package at a time, so that what a test kills or starves
# is its own.
test-failure: ## long failure tests: kill, full disk, no open files, cut connections, models, mutants
	@files=$$(grep -lrE '^//go:build failure\b' --include='*_test.go' cmd internal tools/schemagen) && \
	tests=$$(sed -n 's/^func \(Test[^(]*\)(.*/\1/p' $$files | paste -s -d '|' -) && \
	packages=$$(for file in $$files; do echo "./$${file%/*}"; done | sort -u) && \
	set -x && \
	$(GO) test -tags failure -count=1 -v $(TIMEOUT) -p 1 -parallel 2 -run "^($$tests)$$" $$packages

fuzz: ## fuzz every reader of foreign bytes, each for FUZZTIME (10s)
	$(GO) test -run '^$$' -fuzz FuzzDecode -fuzztime $(FUZZTIME) ./internal/contracttest
	$(GO) test -run '^$$' -fuzz FuzzStream -fuzztime $(FUZZTIME) ./internal/ws
	$(GO) test -run '^$$' -fuzz FuzzEnvelope -fuzztime $(FUZZTIME) ./tools/schemagen/internal/gogen/runtime/route
	$(GO) test -run '^$$' -fuzz FuzzReadEnvelope -fuzztime $(FUZZTIME) ./tools/schemagen/internal/gogen/runtime/client
	$(GO) test -run '^$$' -fuzz FuzzLower -fuzztime $(FUZZTIME) ./tools/schemagen/internal/schema

bench: ## measure codec and sockets beside their peers; tables of ratios
	$(GO) test -run '^$$' -bench . -benchtime $(BENCHTIME) ./internal/... ./cmd/... ./tools/schemagen/...
	$(GO) -C tools/bench run . all

# An outside change must not stop our work, so CI does not run them.
findings: ## try what findings/ says of other software; needs a network
	@for script in findings/*.sh; do \
	  output=$$(sh $$script 2>&1); \
	  case $$? in \
	    0) echo "as written     $$script" ;; \
	    2) echo "not tried      $$script"; echo "$$output" | tail -3; failed=1 ;; \
	    *) echo "has changed    $$script"; echo "$$output"; failed=1 ;; \
	  esac; \
	done; test -z "$$failed"

clean: ## remove what was built (never a database)
	rm -rf bin gen/ts/dist tools/node/node_modules
