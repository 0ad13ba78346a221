PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test drill bench lint assets language migration clean

run: .venv/run templates/static/built/manifest.json
	@exec $(BIN)/python -m grants serve

test: .venv/test templates/static/built/manifest.json
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -m "not drill"

.venv/run: requirements.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.txt
	@touch $@

.venv/test: .venv/run requirements-test.txt
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-test.txt
	@touch $@
