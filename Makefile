# Every command a person needs, from a fresh clone. Needs: make, Python 3.11 with venv.
# `make setup` runs by itself before the others; a second call costs nothing.

.DEFAULT_GOAL := help
.PHONY: help setup lock test lint demo demo-once bench bench-rivals faults faults-selftest screenshots

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.set-up

# pytest -n: two workers suit two cores; JOBS=0 runs in one process (for a debugger).
JOBS ?= 2
# More arguments for pytest, e.g. make test PYTEST_ARGS='-k seal --no-cov'
PYTEST_ARGS ?=
# Branch coverage below this, over schemas, federation, sync and node/domain, fails the run.
COVERAGE ?= 95
# A row of the bars (empty: all), e.g. make bench BENCH='three-hops --json'
BENCH ?=
# Steps and seed of a fault run, e.g. make faults FAULTS='--steps 5000 --seed 7'
FAULTS ?=
# make lock UPGRADE=1 takes the newest releases that pyproject.toml admits.
UPGRADE ?=

help:
	@echo 'make setup         .venv with the locked dependencies'
	@echo 'make test          lint, types, import contracts, all tests, coverage'
	@echo 'make lint          the checks of make test without the tests'
	@echo 'make demo          a small federation on this machine, until Ctrl-C'
	@echo 'make demo-once     the same, checked and stopped: exit 0 only if the books agree'
	@echo 'make bench         the measured rows; make bench-rivals: beside others'
	@echo 'make faults        a small tree under kill -9, bad links, full discs, lies: nothing lost'
	@echo 'make faults-selftest   ten defects planted, each must be found'
	@echo 'make screenshots   pictures of the main pages into docs/pictures (needs a chromium)'
	@echo 'make lock          re-make the lock files from pyproject.toml (UPGRADE=1: newest)'

setup: $(READY)

$(READY): requirements.lock pyproject.toml deploy/setup.sh
	@PYTHON='$(PYTHON)' sh deploy/setup.sh .venv
	@touch $@

lock:
	@PYTHON='$(PYTHON)' UPGRADE='$(UPGRADE)' sh deploy/lock.sh

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	@sh deploy/browser.sh
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --cov --cov-report=term:skip-covered \
		--cov-fail-under=$(COVERAGE) $(PYTEST_ARGS)

demo: $(READY)
	$(BIN)/python -m deploy.demo

demo-once: $(READY)
	$(BIN)/python -m deploy.demo --once

screenshots: $(READY)
	$(BIN)/python -m deploy.screenshots

bench: $(READY)
	$(BIN)/python -m bench $(BENCH)

bench-rivals: $(READY)
	$(BIN)/python -m bench rivals fan-in catch-up-rivals

faults: $(READY)
	$(BIN)/python -m tests.faults $(FAULTS)

faults-selftest: $(READY)
	$(BIN)/python -m tests.faults selftest $(FAULTS)
