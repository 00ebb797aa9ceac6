# Everything is made from here. A machine needs Python 3.11 or newer (with venv), git and make; no variable needs to be set.
#
#   make run            the demo at http://127.0.0.1:8000 (another port: make run PORT=8001)
#   make test           the tests (some of them: make test ARGS="tests/letters -x")
#   make ci             what CI checks: the linters, the types, the contracts, the tests on both databases
#   make bench          the measures, one JSON line each, beside their limits (ARGS=--help)
#   make faults         the long form of the fault tests
#   make lock           requirements/*.txt from pyproject.toml
#   make messages       locale/*/LC_MESSAGES from the sources
#   make docs           what docs/ says by itself: the life of a request, the rules of retention, the schema of the API

SHELL := /bin/sh
PYTHON ?= python3
PORT ?= 8000
ARGS ?=
# Three processes for two processors: they wait for databases, workers and browsers as well. What stays in one of them: tests/conftest.py.
WHOLE_SUITE := -n 3 --dist loadgroup
VENV := .venv
BIN := $(VENV)/bin
# Our own folder is writable, whoever's cache is where.
export UV_LINK_MODE ?= copy
export UV_NO_PROGRESS = 1
# Once, here: where Python may not write beside its sources, every process would compile them again and keep the memory.
export UV_COMPILE_BYTECODE = 1
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME
# For the same reason: what is compiled once beside our own sources, the tests above all, serves every process after.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup run test ci bench faults lock messages docs help
.DEFAULT_GOAL := help

help:
	@sed -n 's/^#   //p' Makefile

setup: $(VENV)/dev.stamp

# The stamp is written last, so that a broken set-up is begun again.
$(VENV)/base.stamp: requirements/base.txt $(VENV)/uv.stamp
	@if [ -e $(VENV)/dev.stamp ]; then wanted=dev; else wanted=base; fi; \
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/$$wanted.txt
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/uv.stamp
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	@touch $@ $(VENV)/base.stamp

$(VENV)/uv.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	{ echo "OxyPrivacy needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	{ echo "Python has no venv here: install it first (Debian, Ubuntu: apt-get install python3-venv)."; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@touch $@

run: $(VENV)/base.stamp
	@PORT=$(PORT) exec $(BIN)/python -m oxyprivacy.embedded.run

test: $(VENV)/dev.stamp
	@$(BIN)/python -m pytest $(or $(ARGS),$(WHOLE_SUITE))

ci: $(VENV)/dev.stamp
	@.ci/checks

bench: $(VENV)/dev.stamp
	@$(BIN)/python -m benchmarks $(ARGS)

faults: $(VENV)/dev.stamp
	@OXYPRIVACY_FAULT_TRIALS=200 $(BIN)/python -m pytest -m faults $(ARGS)

lock: $(VENV)/uv.stamp
	@for name in base production dev; do \
	case $$name in production) more="--extra mysql --constraint requirements/base.txt";; dev) more="--group dev";; *) more=;; esac; \
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  $$more --output-file requirements/$$name.txt pyproject.toml || exit 1; done

messages: $(VENV)/dev.stamp
	@$(BIN)/python manage.py make_translations

docs: $(VENV)/dev.stamp
	@$(BIN)/python manage.py draw_lifecycle
	@$(BIN)/python manage.py write_openapi
	@$(BIN)/python -m tests.retention.rule_table
