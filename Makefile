# Two commands do all set-up on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PYTEST := $(BIN)/pytest --hypothesis-profile=steady
SPREAD := --numprocesses=logical --dist=worksteal
SOAK := $(PYTEST) tests/soak -m soak -p no:cacheprovider

.DEFAULT_GOAL := help
.PHONY: help setup models demo test lint types imports clean

help:            ## this list
	@grep -hE '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*##/ -/'

$(INSTALLED): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "hukka needs Python 3.11 or newer; $(PYTHON) is `$(PYTHON) --version`. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@echo "setup: environment in $(VENV)/ (once; about a minute and 2.2 GB)"
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV) || \
	  { echo "$(PYTHON) cannot make an environment; on Debian and Ubuntu: apt install python3-venv"; exit 2; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

setup: $(INSTALLED)  ## environment in .venv/ and the compiled models of the demo
	@$(BIN)/hukka fmu build CoolingLoop HeatPump DistrictNetwork

models: $(INSTALLED)  ## all plant models, and what the reference sites ask for
	@$(BIN)/hukka fmu build

demo: setup      ## two minutes of plant and controllers; a condenser fouls half way
	@$(BIN)/hukka bench mantsala --duration 2m --pace real --transport site \
	  --fault heat_pump.condenser_fouling=0.3@1m
	@echo "demo: the command is $(BIN)/hukka; docs/tutorial.md goes on from here"

lint: $(INSTALLED)
	@echo "lint: ruff" && $(BIN)/ruff check . && $(BIN)/ruff format --check --quiet .

types: $(INSTALLED)
	@echo "types: mypy --strict" && $(BIN)/mypy

imports: $(INSTALLED)
	@echo "imports: who may import whom" && $(BIN)/lint-imports --no-logo

# Bytecode is kept whatever the environment says: what pytest makes of every assert is read again.
test: export PYTHONDONTWRITEBYTECODE :=
test: export HUKKA_SHOTS ?= $(CURDIR)/runs/shots
test: models lint types imports  ## everything that CI runs
	@echo "tests: what measures the wall clock, with the machine to itself" && $(PYTEST) -m realtime
	@echo "tests: what is quick, on every core, and beside it a monitor that is broken for 20 minutes"
	@$(BIN)/python tests/soak/beside.py runs/soak/pytest.log '$(SOAK)' -- \
	  $(PYTEST) -m 'not realtime and not slow' $(SPREAD)
	@echo "tests: slow proofs" && $(PYTEST) -m 'slow and not realtime' $(SPREAD)

clean:           ## environment, built models and caches
	rm -rf $(VENV) fmus/built .mypy_cache .ruff_cache .pytest_cache
