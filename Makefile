# feedbackgen: everything that a contributor runs. `make` alone lists it.

GO       ?= go
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
FUZZTIME ?= 30s
# A package's tests together, race detector on, two slow cores.
TIMEOUT  ?= 20m

GOLANGCI_VERSION := v2.15.0
GOFUMPT_VERSION  := v0.12.0

# The version is part of a tool's name, so that another version is another, missing file.
TOOLS    := bin/tools
GOLANGCI := $(TOOLS)/golangci-lint-$(GOLANGCI_VERSION)
GOFUMPT  := $(TOOLS)/gofumpt-$(GOFUMPT_VERSION)

.DEFAULT_GOAL := help
.PHONY: help build test check tools bench bench-search fuzz test-live generate clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

build: ## the command line, as one static binary: bin/feedbackgen
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/feedbackgen ./cmd/feedbackgen

# The race detector needs cgo, hence a C compiler with its headers; building runtime/cgo tells
# whether there is one. Everything else is pure Go.
test: ## every test; needs only Go and make (the race detector joins where a C compiler is found)
	CGO_ENABLED=0 $(GO) build ./...
	@if CGO_ENABLED=1 $(GO) build -race runtime/cgo >/dev/null 2>&1; then \
		echo "race detector: on"; \
		set -x; CGO_ENABLED=1 $(GO) test -race -timeout $(TIMEOUT) $(TESTFLAGS) ./...; \
	else \
		echo "race detector: off, no C compiler found"; \
		set -x; CGO_ENABLED=0 $(GO) test -timeout $(TIMEOUT) $(TESTFLAGS) ./...; \
	fi

check: tools ## formatting, vet and lint, with pinned tools
	@unformatted="$$($(GOFUMPT) -l .)"; if [ -n "$$unformatted" ]; then \
		echo "not gofumpt-ed (run: $(GOFUMPT) -w .):"; echo "$$unformatted"; exit 1; fi
	CGO_ENABLED=0 $(GO) vet ./...
	CGO_ENABLED=0 $(GOLANGCI) run ./...

tools: $(GOLANGCI) $(GOFUMPT) ## the pinned tools that check needs

$(GOLANGCI):
	$(call install,github.com/golangci/golangci-lint/v2/cmd/golangci-lint,$(GOLANGCI_VERSION))

$(GOFUMPT):
	$(call install,mvdan.cc/gofumpt,$(GOFUMPT_VERSION))

# $(call install,PACKAGE,VERSION) builds PACKAGE under its own name and moves it to the target's.
define install
	@echo "installing $(notdir $(1)) $(2)"
	@GOBIN="$(CURDIR)/$(TOOLS)" CGO_ENABLED=0 $(GO) install $(1)@$(2)
	@mv $(TOOLS)/$(notdir $(1)) $@
endef

bench: ## a table of speeds, as ratios within one run
	CGO_ENABLED=0 $(GO) run ./evals/bench

bench-search: ## what each selection rule yields beside best-of-n at equal tokens, on the tuning problems (half an hour)
	CGO_ENABLED=0 $(GO) run ./evals/search
	CGO_ENABLED=0 $(GO) run ./evals/search --window

fuzz: ## each fuzz target for FUZZTIME (default 30s)
	@set -e; grep -rlE '^func Fuzz[A-Z]' --include='*_test.go' . | sort | while read -r file; do \
		for target in $$(sed -nE 's/^func (Fuzz[A-Za-z0-9_]*)\(.*/\1/p' "$$file"); do \
			echo "$$target in $$(dirname "$$file")"; \
			CGO_ENABLED=0 $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x "$$(dirname "$$file")"; \
		done; \
	done

test-live: ## the suites against real model servers, which it starts
	scripts/live/run.sh

generate: ## rewrite what is generated and checked in: the JSON schemas
	$(GO) test . -run 'TestSchemas' -count=1 -args -update

clean: ## remove what make built
	rm -rf bin
