# Run `make help` for what there is. PYTHON may name another interpreter, 3.11 or later.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.PHONY: help demo run test check clean

help: ## Show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: .venv/dev ## Run everything on this machine, without any account (ARGS="--once …")
	@$(BIN)/python -m sandbox $(ARGS)

run: .venv/run ## Run the bot for real, with a filled .env
	@$(BIN)/python -m bot

test: .venv/dev ## Run every test
	@$(BIN)/python -m pytest -n 4 --dist worksteal $(ARGS)

check: .venv/dev ## Lint, types and import rules
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

clean: ## Remove what the other commands made, out/ included, but never data/
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache out

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or later is needed; name one with PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/run: requirements.txt | .venv/bin/python
	@echo "Installing what the bot needs …"
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/dev: requirements-dev.txt requirements.txt | .venv/bin/python
	@echo "Installing what the bot, the sandbox and the tests need …"
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
