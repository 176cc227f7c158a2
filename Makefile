# Run `make help` for what there is. PYTHON may name another interpreter, 3.11 or later.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.PHONY: help demo run test check bench bench-quick picture clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 13
	@echo "On Windows, use all of this in WSL, or run the bot itself in Docker (README.md)."

demo: .venv/demo ## Run everything on this machine, without any account (ARGS="--once …")
	@$(BIN)/python -m sandbox $(ARGS)

run: .venv/run ## Run the bot for real, with a filled .env
	@$(BIN)/python -m bot

test: .venv/dev ## Run every test
	@$(BIN)/python -m pytest -n 12 --maxschedchunk 1 $(ARGS)

check: .venv/dev ## Lint, types and import rules
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: .venv/dev ## Measure what the bot costs (ARGS="--only answers --json FILE --plot FILE")
	@$(BIN)/python -m benchmarks $(ARGS)

bench-quick: .venv/dev ## The same in a few minutes, roughly
	@$(BIN)/python -m benchmarks --quick $(ARGS)

picture: .venv/demo ## Draw the README's picture of a result anew, from the sandbox
	@$(BIN)/python -m sandbox.picture docs/result.png

clean: ## Remove what the other commands made, out/ included, but never data/
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache out

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or later is needed; name one with PYTHON=…" >&2; exit 1; }
	@echo "Making .venv …"
	@$(PYTHON) -m venv .venv

# Each set holds the one before it, and so stands for it.
.venv/run: requirements.txt | .venv/bin/pip
	@echo "Installing what the bot needs, about 65 MB to download:"
	@$(call install,.venv/run)

.venv/demo: requirements-demo.txt requirements.txt | .venv/bin/pip
	@echo "Installing what the demo needs, about 65 MB to download;" \
		"on two cores with a fast line that took half a minute:"
	@$(call install,.venv/run .venv/demo)

.venv/dev: requirements-dev.txt requirements-demo.txt requirements.txt | .venv/bin/pip
	@echo "Installing what the tests and checks need, up to 120 MB to download:"
	@$(call install,.venv/run .venv/demo .venv/dev)

# Of what pip says, a line for each file that it fetches. The stamps tell whether it did all,
# for the shell hears of the last command in a pipe only.
install = rm -f $@; \
	{ $(BIN)/pip install --disable-pip-version-check -r $< && touch $(1); } | sed -nE \
		-e 's/^ *(Downloading|Using cached) ([^-]+)-.*(\.whl|\.gz) \((.*)\)$$/  \2, \4/p' \
		-e 's/^Installing .*/  unpacking them, which takes longest …/p'; \
	test -e $@
