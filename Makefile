# What a contributor does, in words. Needs Python 3.11 or newer with venv, and make; nothing else.
# Use another Python with `make run PYTHON=python3.13`; pass options with `make test ARGS="-k retro"`.

PYTHON ?= $(shell for one in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$one -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$one; exit; }; \
	done; echo python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --quiet --disable-pip-version-check --no-input
INSTALL_SELF := $(PIP) install --no-deps --no-build-isolation --editable .
COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --generate-hashes --universal --python-version 3.11 \
	--no-header --no-emit-index-url --extra sandbox

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test chaos bench lint types format lock screenshots

help: ## List what you can ask for
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: $(VENV)/.runtime ## Try everything in a local stand-in for Slack; it prints its address
	@$(BIN)/python -m bot sandbox $(ARGS)

# Stories wait for processes of their own, so that three keep two cores busy. A file stays with one, and shares a sandbox.
test: $(VENV)/.development ## Run the whole test suite, three files at a time
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile $(ARGS)

chaos: $(VENV)/.development ## Run the full failure matrix and the random campaigns (long)
	$(BIN)/python -m pytest -m chaos --timeout 1800 $(ARGS)

bench: $(VENV)/.development ## Measure how fast the coach answers
	$(BIN)/python -m tests.bench $(ARGS)
	$(BIN)/python -m tests.bench_outbox
	$(BIN)/python -m tests.bench_retros

lint: $(VENV)/.development ## Check style, imports, spelling, content and dependencies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/codespell
	$(BIN)/yamllint --strict content
	$(BIN)/deptry .

types: $(VENV)/.development ## Check types, strictly
	$(BIN)/mypy

format: $(VENV)/.development ## Format the code and mend what can be mended by itself
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

screenshots: $(VENV)/.development ## Take the pictures of the README in a real browser
	$(BIN)/python -m tests.screenshots $(ARGS)

# The development lock holds everything, so it is solved first; the runtime lock takes its versions from there.
lock: $(VENV)/.development ## Write both lock files anew; ARGS=--upgrade takes the newest versions
	$(COMPILE) --group dev --output-file requirements-dev.lock $(ARGS)
	$(COMPILE) --group build --constraints requirements-dev.lock --output-file requirements.lock $(ARGS)

# Stamps: an installation that is newer than its lock is left alone, so a second run needs no network.
$(VENV)/.runtime: requirements.lock pyproject.toml $(VENV)/.made
	@echo "Installing what the coach needs (once; about 15 seconds) ..."
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(INSTALL_SELF)
	@touch $@

$(VENV)/.development: requirements-dev.lock pyproject.toml $(VENV)/.made
	@echo "Installing what tests and checks need (once) ..."
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@$(INSTALL_SELF)
	@touch $@ $(VENV)/.runtime

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Python 3.11 or newer is needed; name it with: make run PYTHON=/path/to/python"; exit 1; }
	@$(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11) or sys.prefix == sys.base_prefix)' \
		2>/dev/null || \
		$(PYTHON) -m venv --clear $(VENV) || \
		{ echo "Python could not make a virtual environment; on Debian: apt install python3-venv"; exit 1; }
	@touch $@
