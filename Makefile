# Three verbs for a newcomer: `make demo`, `make test`, `make check`. The work is done by scripts/.

.DEFAULT_GOAL := help
.PHONY: help demo test check shots bench assets clean

# The debug build is there in half the time and fast enough for a demo; DEMO_FLAGS=--release for the fast one.
DEMO_FLAGS ?=

help: ## what can be made
	@echo "make VERB"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 10

demo: ## a throw-away city with everything running; prints its addresses and sign-ins
	@scripts/setup-build.sh
	cargo run --locked $(DEMO_FLAGS) -- demo

test: ## all tests, after installing what they need (Debian as root) or naming what to install
	@scripts/test.sh

check: ## the gate: format, lints, docs, licences, tests (what CI runs)
	@scripts/check.sh

shots: ## the browser stories only; screenshots are left in tests/browser/shots/
	@scripts/test.sh browser
	@ls tests/browser/shots

bench: ## the benchmarks of benches/ (quiet machine; recorded in docs/BENCHMARKS.md)
	cargo bench --locked

assets: ## the map library from npm, for the next build; without it /map shows the drawn map
	@scripts/assets.sh

clean: ## removes what was built and what tests left
	@scripts/test-postgres.sh stop || true
	cargo clean
	rm -rf tests/browser/node_modules tests/browser/shots tests/bluesky/node_modules
