# Shortcuts for developers. Nothing needs them: README.md has the two commands that do.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: venv native test lint format bench wheel dist release

venv: $(BIN)/powplasma

$(BIN)/powplasma: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -e '.[test]'
	touch $@

# After a change of a C file.
native: venv
	POWPLASMA_NATIVE=yes $(BIN)/pip install --no-deps -e .

test: venv
	$(BIN)/python -m pytest

lint: venv
	$(BIN)/python -m pytest tests/test_code.py

format: venv
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# How fast one thread searches; pin it to a quiet core for figures worth keeping.
bench: venv
	$(BIN)/python -m benchmarks.kernels

wheel: venv
	$(BIN)/pip wheel --no-deps --wheel-dir dist .

# What is published: the source distribution and a wheel for each platform, from the last commit.
dist release: .venv-release
	PYTHONPATH=build_backend .venv-release/bin/python -m powplasma_release $@ dist

.venv-release: build_backend/powplasma_release/requirements.txt
	$(PYTHON) -m venv $@
	$@/bin/pip install -r $<
	touch $@
