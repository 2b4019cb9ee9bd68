# Two commands to set up and go; everything else is `invoke --list`.
#   make hub    show the demo hub        make serve  look at it
#   make test   run every test

PYTHON ?= python3
VENV := .venv
INVOKE := $(VENV)/bin/invoke

.PHONY: hub test serve lint
.DELETE_ON_ERROR:

hub: $(VENV)/runs
	@$(INVOKE) hub

serve: $(VENV)/runs
	@$(INVOKE) serve

test: $(VENV)/tests
	@$(INVOKE) test

lint: $(VENV)/tests
	@$(INVOKE) lint

# Each mark is younger than the lock file that it was installed from.
$(VENV)/runs: requirements.lock pyproject.toml | $(VENV)/made
	@echo "Installing what the hub runs with …"
	@$(VENV)/bin/pip install --quiet --require-hashes --requirement requirements.lock
	@$(VENV)/bin/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/tests: requirements-dev.lock $(VENV)/runs
	@echo "Installing what the tests and checks need …"
	@$(VENV)/bin/pip install --quiet --require-hashes --requirement requirements-dev.lock
	@touch $@

$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Forecourt needs Python 3.11 or newer; name one, as in: make hub PYTHON=python3.12"; exit 2; }
	@echo "Making $(VENV) …"
	@$(PYTHON) -m venv $(VENV)
	@touch $@
