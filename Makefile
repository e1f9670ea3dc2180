# `make demo`, `make test` and `make lint` each work alone in a fresh clone:
# they need Python 3.11 or newer with pip, and make the rest in .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
USER_STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev
BENCH_STAMP := $(VENV)/.installed-bench

.PHONY: demo docs test test-all test-nightly lint bench bench-large
.DELETE_ON_ERROR:

demo: $(USER_STAMP)
	@$(BIN)/segmenthub demo

# Everything that a contributor needs, some six minutes.
test: $(DEV_STAMP)
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not thorough and not nightly" --ignore=tests/external --ignore=tests/journeys

# All tests: outside data and journeys through pip too, both database engines, the laws' full budget.
test-all: $(DEV_STAMP)
	SEGMENTHUB_ENGINES=both SEGMENTHUB_BUDGET=full $(BIN)/python -m pytest -n auto --dist worksteal \
	  -m "not nightly"

# Kills, faults, slots, silences, losses, spoilt answers and the laws in large numbers: at most an hour and a half.
test-nightly: $(DEV_STAMP)
	SEGMENTHUB_BUDGET=nightly $(BIN)/python -m pytest -n auto --dist worksteal --durations=0 --durations-min=60 \
	  tests/reliability tests/laws tests/sync/brake
	SEGMENTHUB_BUDGET=nightly $(BIN)/python -m pytest -n auto tests/connectors -k whatever_a_row_holds

lint: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Ratios within one run, some twenty minutes; `bench-large` evaluates a shop of a million customers.
bench: $(BENCH_STAMP)
	@$(BIN)/python -m benchmarks
	@$(BIN)/python -m benchmarks.evaluate

bench-large: $(BENCH_STAMP)
	@$(BIN)/python -m benchmarks.evaluate 1000000

# The pages in docs/connectors and the tables in docs/segments.md, from what the code says of itself.
docs: $(USER_STAMP)
	@$(BIN)/python -m sync.pages
	@$(BIN)/python -m sync.segment_reference

# The folder gets no pip of its own: Debian's Python can make it without the package python3-venv.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "segmenthub needs Python 3.11 or newer; say which: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m pip --version > /dev/null \
	  || { echo "segmenthub is installed with pip, and $(PYTHON) has none: apt install python3-pip" >&2; exit 1; }
	@$(PYTHON) -m venv --without-pip $(VENV)

$(USER_STAMP): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing segmenthub into $(VENV) ..."
	@$(PYTHON) -m pip --python $(BIN)/python install --quiet --constraint constraints.txt --editable .
	@touch $@

$(DEV_STAMP): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing segmenthub and its tools into $(VENV) ..."
	@$(PYTHON) -m pip --python $(BIN)/python install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@ $(USER_STAMP)

$(BENCH_STAMP): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing segmenthub and what it is compared with into $(VENV) ..."
	@$(PYTHON) -m pip --python $(BIN)/python install --quiet --constraint constraints.txt --editable '.[bench]'
	@touch $@ $(DEV_STAMP) $(USER_STAMP)
