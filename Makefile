# `make demo` and `make test` are all that a newcomer needs; each prepares what it uses and says what it does.

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3.15 python3; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$p && break; done)
VENV   := .venv
BIN    := $(VENV)/bin
MINUTES ?= 30
INSTALL := -m pip install --quiet --disable-pip-version-check
# In the environment, so that what builds the package is pinned too; from 25.3 on pip wants the second name.
PINNED := PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt
# A dot every two seconds while the shell of the recipe lives, before a command that says nothing for long.
DOTS   := while sleep 2 && kill -0 $$$$ 2>/dev/null; do printf .; done &
# Two for each core of a small machine: half of their time tests wait for processes.
TESTS  := $(BIN)/python -m pytest -n 4 --dist loadgroup

# Bytecode is kept whatever the environment says: else each process that tests start compiles the package anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-all coverage lint format docs man changelog pins bench bench-quick soak clean how-long

demo: $(VENV)/.package
	@./examples/demo.sh $(BIN)

test: how-long $(VENV)/.development
	$(TESTS) -m "not slow"

how-long:
	@echo "The tests take about 6 minutes on two cores; the first time, up to two more for what they need"

test-all: $(VENV)/.development
	$(TESTS)

# Carries on after a failed test, and ends with its status: a test that measures may fail while it is
# measured.
coverage: $(VENV)/.development
	@rm -rf build/coverage
	@status=0; $(BIN)/python -m coverage run -m pytest -n 4 --dist loadgroup -m "not slow" || status=$$?; \
	$(BIN)/python -m coverage combine --quiet && $(BIN)/python -m coverage html --quiet; \
	$(BIN)/python -m coverage report; exit $$status

lint: $(VENV)/.lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.lint
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.development
	$(BIN)/python docs/generate.py

man: $(VENV)/.development
	$(BIN)/python docs/man.py build/man
	@echo "To read one: man build/man/arcapix-gpfs.1"

changelog: $(VENV)/.development
	@$(BIN)/towncrier build --draft --version "next release"

# hatchling, and what it needs for an editable installation, are installed only in the environment of a build.
pins: $(VENV)/bin/python
	@rm -rf build/pins && $(BIN)/python -m venv build/pins
	@build/pins/bin/python $(INSTALL) '.[lint]' hatchling editables
	@{ head -n 1 constraints.txt; build/pins/bin/python -m pip freeze --exclude arcapix-fs-gpfs; } > build/pins/constraints.txt
	@mv build/pins/constraints.txt constraints.txt
	@git --no-pager diff --stat constraints.txt

bench: $(VENV)/.development
	$(BIN)/python -m benchmarks

bench-quick: $(VENV)/.development
	$(BIN)/python -m benchmarks --quick

soak: $(VENV)/.development
	$(BIN)/python -m pytest -m slow -k 2000-64 tests/driver/test_storm.py
	SOAK_MINUTES=$(MINUTES) $(BIN)/python -m pytest -rP -m slow tests/journeys/soak

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist

$(VENV)/bin/python:
	@test -w "$(dir $(abspath $(VENV)))" || { echo "make: $(dir $(abspath $(VENV))) cannot be written to by this user: run make VENV=$$HOME/arcapix-venv $(MAKECMDGOALS)" >&2; exit 1; }
	@test -n "$(PYTHON)" || { echo "make: Python 3.11 or newer is needed: apt-get install python3 python3-venv" >&2; exit 1; }
	@printf "Making a virtual environment in $(VENV) with $(PYTHON) "
	@$(DOTS) $(PYTHON) -m venv $(VENV) && echo

$(VENV)/.package: pyproject.toml constraints.txt | $(VENV)/bin/python
	@printf "Installing the package, editable, with what it needs "
	@$(DOTS) $(PINNED) $(BIN)/python $(INSTALL) --editable . && echo
	@touch $@

$(VENV)/.development: pyproject.toml constraints.txt | $(VENV)/bin/python
	@printf "Installing the package, editable, with what its tests need "
	@$(DOTS) $(PINNED) $(BIN)/python $(INSTALL) --editable '.[dev]' && echo
	@touch $@ $(VENV)/.package

$(VENV)/.lint: pyproject.toml constraints.txt | $(VENV)/bin/python
	@printf "Installing the package, editable, with what its tests and checkers need "
	@$(DOTS) $(PINNED) $(BIN)/python $(INSTALL) --editable '.[lint]' && echo
	@touch $@ $(VENV)/.development $(VENV)/.package
