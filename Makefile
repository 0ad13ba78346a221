PYTHON ?= python3
BIN := .venv/bin
BUILT := templates/static/built/manifest.json

.PHONY: run test drill bench lint assets language lock

# Install what is needed, start, load the demo world once, serve on 127.0.0.1:8000 (PORT changes it).
run: .venv/run $(BUILT)
	@exec $(BIN)/python -m grants serve

test: .venv/test $(BUILT) lint
	$(BIN)/python -m pytest -m "not drill" --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# Longer fault drills.
drill: .venv/test $(BUILT)
	$(BIN)/python -m pytest -m drill

# Measurements, as ratios within one run.
bench: .venv/test $(BUILT)
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench.money

lint: .venv/test
	$(BIN)/ruff check .
	$(BIN)/lint-imports

assets $(BUILT): .venv/run package-lock.json $(wildcard templates/static/sass/* templates/static/js/*) templates/static/build.py
	$(BIN)/python templates/static/build.py

# Bring the English catalogues up to date with the texts in the source; then translate what is empty.
language: .venv/test
	$(BIN)/python -m tests.catalogues

# Pin every dependency with its hashes anew.
lock:
	$(PYTHON) -m venv .venv/lock && .venv/lock/bin/pip install --quiet uv
	.venv/lock/bin/uv pip compile pyproject.toml $(LOCK) --output-file requirements.txt
	.venv/lock/bin/uv pip compile pyproject.toml --extra test $(LOCK) --output-file requirements-test.txt

LOCK := --quiet --generate-hashes --universal --no-header --no-annotate --no-emit-index-url --no-emit-find-links --python-version 3.11

.venv/run: requirements.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.txt
	@touch $@

.venv/test: .venv/run requirements-test.txt tests/browser/install.sh
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-test.txt
	sh tests/browser/install.sh $(BIN)/python
	@touch $@
