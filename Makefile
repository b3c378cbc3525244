# What each verb does is in CONTRIBUTING.md; every one works on a fresh machine with Python 3.11 and make.
PYTHON ?= python3.11
BIN := .venv/bin

.PHONY: install lock lint test browser bench drill demo demo-invoice

install: .venv/.installed

.venv/.installed: requirements.lock
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed; set PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@touch $@

lock:
	uv pip compile pyproject.toml --group dev --python-version 3.11 --universal --no-emit-index-url --generate-hashes \
		--custom-compile-command "make lock" --output-file requirements.lock --quiet

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	@# mypy reads our settings; a database that is named is not started.
	DATABASE_URL=postgresql://nobody@localhost/lint DEBUG=1 $(BIN)/mypy

# As many processes as there are cores, a file in one of them; JOBS=0 is one process, as `pytest` alone is.
JOBS ?= $(shell nproc)

test: install
	$(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder

browser: install
	PICTURES=1 $(BIN)/python -m pytest -m browser tests/browser

bench: install
	$(BIN)/python -m tests.bench

drill: install
	DRILL=full $(BIN)/python -m pytest -m drill -s

demo: install
	@$(BIN)/python manage.py demo $(if $(PORT),--port $(PORT))

demo-invoice: install
	@$(BIN)/python manage.py demo --send $(if $(PORT),--port $(PORT))
