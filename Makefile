# Everything that a user, a developer or CI does, by name. `make` alone lists it.
#
# .venv/ holds the environment. It is made on demand, with the versions of constraints.txt, and made afresh where an
# earlier set-up was interrupted.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The first Python that is new enough; another one: make PYTHON=/path/to/python3.12 test
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$python; break; fi; done)

BIN := .venv/bin
AGGREGATOR := $(BIN)/python -m aggregator
PYTEST := -m pytest
CLIENTS := newsboat chromium

.PHONY: help run serve test lint types pytest corpus clients test-clients bench bench-growth bench-large bench-fetch bench-topics bench-conclude bench-publish clean

help: ## list what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/run.stamp ## set up, pull what is due, publish into public/
	@$(AGGREGATOR) update
	@printf '\nPublished in public/:\n'
	@cd public && ls -C -- *.atom *.html *.json *.opml *.rss
	@printf '\nNext: make serve, then open http://127.0.0.1:8000/\n'

serve: .venv/run.stamp ## serve public/ on 127.0.0.1:8000 and keep updating
	@$(AGGREGATOR) serve || [ $$? -eq 130 ]  # Ctrl-C is how it ends

test: lint types pytest ## set up, lint, check types, run all tests that need no browser

lint: .venv/dev.stamp ## check style and form
	@$(BIN)/python -m ruff check
	@$(BIN)/python -m ruff format --check

types: .venv/dev.stamp ## check types
	@$(BIN)/python -m mypy

pytest: .venv/dev.stamp
	@$(BIN)/python -m coverage erase
	@$(BIN)/python -m coverage run $(PYTEST) -n auto --dist loadfile -m 'not clients and not corpus'
	@$(BIN)/python -m coverage combine --quiet
	@$(BIN)/python -m coverage report

corpus: .venv/corpus.stamp ## run the long tests over large corpora (fetches feedparser's own test files)
	@$(BIN)/python $(PYTEST) -m corpus

clients: tests/clients/node_modules ## install real feed readers, browsers and checkers to test with (apt, npm)
	@missing=; for client in $(CLIENTS); do \
		command -v $$client >/dev/null 2>&1 || missing="$$missing $$client"; done; \
	if [ -z "$$missing" ]; then echo 'All clients are there: $(CLIENTS)'; exit 0; fi; \
	if [ "$$(id -u)" = 0 ]; then as_root=; else as_root=sudo; fi; \
	if command -v apt-get >/dev/null 2>&1 && { [ -z "$$as_root" ] || command -v sudo >/dev/null 2>&1; } \
		&& $$as_root apt-get update -qq \
		&& $$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$missing; \
	then echo "Installed:$$missing"; \
	else echo "Could not install:$$missing. Install them yourself; until then make test-clients fails."; fi

tests/clients/node_modules: tests/clients/package.json
	@if command -v npm >/dev/null 2>&1; \
	then npm install --prefix tests/clients --no-package-lock --no-audit --no-fund --silent && touch $@; \
	else echo 'Could not install the HTML checker: there is no npm. Until then make test-clients fails.'; fi

test-clients: .venv/dev.stamp ## run the tests that need those
	@$(BIN)/python $(PYTEST) -m clients

bench: .venv/dev.stamp .venv/peers.stamp ## measure whole runs beside other programs, writes bench/RESULTS.md (BENCH='--times 1': once)
	@$(BIN)/python -m bench beside $(BENCH)

bench-growth: .venv/dev.stamp ## measure a tick of stores of 10,000, 100,000 and a million stories
	@$(BIN)/python -m bench growth $(BENCH)

bench-large: .venv/dev.stamp ## measure a tick of 10,000 sources
	@$(BIN)/python -m bench large $(BENCH)

bench-fetch: .venv/dev.stamp ## measure fetching: 1,000 and 10,000 sources on loopback, about a minute
	@$(BIN)/python -m bench.fetch

bench-topics: .venv/dev.stamp ## measure sorting: 50,000 stories into 20 topics, beside plain regular expressions
	@$(BIN)/python -m bench.topics

bench-conclude: .venv/dev.stamp ## measure filing: 1,000 entries among 100,000 stories, about two minutes
	@$(BIN)/python -m bench.conclude

bench-publish: .venv/dev.stamp ## measure publishing: 100 outputs of 100 stories in 4 formats, about half a minute
	@$(BIN)/python -m bench.publish

clean: ## remove the environment and all caches; data/ and public/ stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.* dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/corpus.stamp: .venv/dev.stamp
	@rm -rf .venv/corpus
	@$(BIN)/python -m pip download -qq --disable-pip-version-check --no-input --no-deps --no-binary feedparser \
		-c constraints.txt -d .venv/corpus feedparser
	@touch $@

.venv/run.stamp: pyproject.toml constraints.txt
	$(call set-up,.)
	@touch $@

.venv/dev.stamp: pyproject.toml constraints.txt
	$(call set-up,.[dev])
	@touch .venv/run.stamp $@

# The programs that we are measured beside stay apart from ours.
.venv/peers.stamp: bench/peers.txt .venv/dev.stamp
	@echo 'Setting up .venv/peers ...'
	@$(BIN)/python -m venv --clear .venv/peers
	@.venv/peers/bin/python -m pip install -qq --disable-pip-version-check --no-input -r bench/peers.txt \
		|| echo 'The peers could not be installed: only what is there is measured.'
	@touch $@

# `unfinished` is there while packages are being installed: where it is found, the environment cannot be trusted.
define set-up
	@if [ -z "$(PYTHON)" ]; then \
		echo 'Python 3.11 or newer is needed, and none was found. Install it, or name it: make PYTHON=/path/to/python3'; \
		exit 1; fi
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo '$(PYTHON) is too old or does not start: Python 3.11 or newer is needed. Name one: make PYTHON=/path/to/python3'; \
		exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
		version=$$("$(PYTHON)" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
		echo "$(PYTHON) lacks the module venv. On Debian and Ubuntu: apt install python$$version-venv"; exit 1; }
	@echo 'Setting up .venv (a minute or two, only once) ...'
	@if [ -e .venv/unfinished ] || ! [ -x $(BIN)/python ]; then "$(PYTHON)" -m venv --clear .venv; fi
	@touch .venv/unfinished
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-input -c constraints.txt -e '$(1)'
	@rm .venv/unfinished
endef
