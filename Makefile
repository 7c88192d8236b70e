# Everything is set up on first use: `make demo` and `make test` need only Python 3.11 or newer and make.
# ARGS is passed on: make demo ARGS="--exit --json", make test ARGS="tests/ledger -x".
MAKEFLAGS += --no-print-directory
# Images for containers set it; hundreds of processes that tests start would then compile the program, each for itself.
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help
.PHONY: help setup demo test check check-deep check-debian lint types docs bench lock

BIN := .venv/bin

help:
	@echo "make demo    watch a campaign go out, on real servers and a simulated carrier"
	@echo "make test    run the tests"
	@echo "make check   lint, types, documents and tests: what CI runs"
	@echo "make check-debian   what CI runs besides: store and dispatch, on Debian's PostgreSQL and Redis"
	@echo "make check-deep   more random people, lives and requests than CI has time for"
	@echo "make lint | types | docs | bench | setup | lock"

setup:
	@sh tools/setup.sh

demo: setup
	@$(BIN)/yesfirst demo $(ARGS)

test: setup
	@$(BIN)/python -m pytest -n 2 $(ARGS)

check: lint types test

# Says which packages to install when PostgreSQL or Redis isn't there; starts and stops servers of its own.
# What a version of the servers can change is met there: queries, locks, limits, the server's own views. So fewer random
# people and lives will do.
ON_DEBIAN := tests/store tests/usecases tests/processes tests/web/test_metrics.py
check-debian: setup
	@LAW_CASES=8000 LIVES=500 tools/on_debian_servers.sh $(BIN)/python -m pytest -n 2 -m servers $(ON_DEBIAN) $(ARGS)

# A million random people, 20,000 lives and many more requests than CI makes: takes half an hour and more.
check-deep: setup
	@LAW_CASES=1000000 LIVES=20000 FUZZ_EXAMPLES=500 $(BIN)/python -m pytest -n 2 -q tests/usecases/test_law_agreement.py \
		tests/usecases/test_nothing_revives.py tests/web/test_api_fuzz.py $(ARGS)

lint: setup
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

types: setup
	@$(BIN)/mypy

# Writes docs/settings.md, docs/commands.md and docs/rules.md, then holds all documents against the code.
docs: setup
	@$(BIN)/python docs/generate.py
	@$(BIN)/python -m pytest -q tests/test_docs.py $(ARGS)

bench: setup
	@$(BIN)/python -m bench $(ARGS)

# Needs uv and the network. No index address gets into the file: where to install from is the installer's choice.
lock:
	@uv pip compile pyproject.toml --extra dev --extra otel --universal --python-version 3.11 --generate-hashes --upgrade \
		--no-annotate --no-header --no-emit-index-url --quiet --output-file requirements.lock
