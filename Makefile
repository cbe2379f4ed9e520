# Every target sets up what it needs, in $(VENV), from a clean machine with Python 3.11+ and make.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --editable
STAMP := $(VENV)/.installed

# Rooms where a branch without a test is a fault.
GATE := */bankcore/ledger/*,*/bankcore/product/*,*/bankcore/products/*,*/bankcore/amounts.py,*/bankcore/rates.py,*/bankcore/calendars.py,*/bankcore/units.py

# What `make fuzz` tries, and for how long each.
FUZZ ?= $(filter-out __%,$(basename $(notdir $(wildcard fuzz/*.py))))
SECONDS ?= 20


.NOTPARALLEL:
.PHONY: help demo package test check bench bench-postgres fuzz storm failovers nightly nightly-storm nightly-test nightly-postgres nightly-fuzz nightly-bench mutate fix docs docs-check images changelog clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  \1\t/p' Makefile | expand -t 14

demo: $(STAMP)  ## run 90 days of a shopping mall's wealth programme
	$(BIN)/bankcore simulate examples/mall.toml

package:  ## build the sdist and the wheel, check them, and test them in clean environments, with the outside package examples/meal-card
	PYTHON=$(PYTHON) bash .ci/package

test: $(STAMP)-test  ## run the tests
	$(BIN)/python -m pytest -n 2

check: $(STAMP)-dev docs-check  ## everything that must hold before a change lands
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-ci} $(BIN)/python -m pytest -n 2 --cov --cov-report=
	@echo "--- branch coverage, all of bankcore"
	$(BIN)/coverage report
	@echo "--- branch coverage, the rooms that must be at 100%"
	$(BIN)/coverage report --include='$(GATE)' --fail-under=100

bench: $(STAMP)  ## measure against raw sqlite3 on this machine
	$(BIN)/python benchmarks/run.py

bench-postgres: $(STAMP)-test  ## measure books in PostgreSQL, alone and with a synchronous standby
	$(BIN)/python benchmarks/postgres.py
	$(BIN)/python benchmarks/postgres.py --standby

fuzz: $(STAMP)-fuzz  ## fuzz every parser, each for SECONDS=20 (CPython 3.11 to 3.14 on Linux, where atheris has wheels)
	@for target in $(FUZZ); do \
		echo "--- $$target"; \
		$(BIN)/python -m fuzz $$target $(SECONDS) $(VENV)/fuzz/$$target || exit 1; \
	done

storm: SECONDS = 60
storm: $(STAMP)$(if $(STORE),-test)  ## many processes on one book, killed at random, for SECONDS=60; BANKCORE_SQLITE=sqlite3 for Python's own SQLite, STORE=postgres (or a URL) for a server
	BANKCORE_SQLITE=$(BANKCORE_SQLITE) $(BIN)/python -m storm $(SECONDS) $(STORE)

failovers: ROUNDS = 100
failovers: $(STAMP)-test  ## kill a PostgreSQL primary under load, ROUNDS=100 times; goes on where it was interrupted
	$(BIN)/python -m storm.failovers $(ROUNDS) $(VENV)/failovers.jsonl
	rm $(VENV)/failovers.jsonl

nightly: nightly-storm nightly-test nightly-postgres nightly-fuzz nightly-bench  ## what takes hours: storms of 30 minutes, long searches, long fuzzing, full benchmarks

nightly-storm:
	$(MAKE) storm SECONDS=1800 BANKCORE_SQLITE=sqlite3
	$(MAKE) storm SECONDS=1800 STORE=postgres

nightly-test: $(STAMP)-failover
	HYPOTHESIS_PROFILE=nightly PYTEST_ADDOPTS=--ignore=tests/products/test_machines_on_postgres.py $(MAKE) test

nightly-postgres: $(STAMP)-test
	HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest -n 2 tests/products/test_machines_on_postgres.py

nightly-fuzz:
	$(MAKE) fuzz SECONDS=600

nightly-bench: $(STAMP)
	$(BIN)/python benchmarks/run.py --full --resume $(VENV)/bench.jsonl
	rm $(VENV)/bench.jsonl

mutate: $(STAMP)-mutate  ## change the values and the ledger bit by bit; do the tests notice? MODULES="amounts posting" for some
	PYTHONHASHSEED=0 $(BIN)/python -m mutation --write $(MODULES)

fix: $(STAMP)-dev  ## format, and mend what the linter can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(STAMP)  ## regenerate the pages that come from the code
	$(BIN)/python docs/generate.py

images: $(STAMP)-test  ## draw the pictures of README
	$(BIN)/python docs/images.py

docs-check: $(STAMP)
	$(BIN)/python docs/generate.py --check

changelog: $(STAMP)-release  ## put the changes/ into CHANGELOG.md as VERSION=
	$(BIN)/towncrier build --yes --version $(VERSION)

clean:  ## remove the virtual environment and every cache
	rm -rf $(VENV) .coverage* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist mutants
	find benchmarks docs fuzz mutation src storm tests -name __pycache__ -prune -exec rm -rf {} +

$(STAMP): pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "bankcore needs Python 3.11 or newer; there is no '$(PYTHON)' here. Try: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "bankcore needs Python 3.11 or newer; $(PYTHON) is " + sys.version.split()[0] + ". Try: make PYTHON=python3.11")'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	$(PIP) .
	@touch $@

$(STAMP)-%: $(STAMP)
	$(PIP) '.[$*]'
	@touch $@
