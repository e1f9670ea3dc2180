# `make demo`, `make test` and `make lint` each work alone in a fresh clone:
# they need Python 3.11 or newer with pip, and make the rest in .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
USER_STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev

.PHONY: demo docs test lint
.DELETE_ON_ERROR:

demo: $(USER_STAMP)
	@$(BIN)/segmenthub demo

test: $(DEV_STAMP)
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The pages in docs/connectors, from what the connectors say of themselves.
docs: $(USER_STAMP)
	@$(BIN)/python -m sync.pages

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
