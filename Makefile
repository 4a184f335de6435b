# `make demo` and `make test` need python3 (3.11+), git, make, g++ and perl; they make the rest.

PYTHON ?= python3
JOBS ?= 2
BIN := .venv/bin

.PHONY: demo test lint site linkcheck clean

demo: .venv/installed
	$(BIN)/python -m lls_hw.train --device sim:tiny --network digits --data digits --epochs 10 --verify

test: .venv/installed lint
	$(BIN)/pytest -q -n $(JOBS) --dist worksteal tests sim

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

site: .venv/installed
	$(BIN)/python -m docs.site

# Needs the network; not part of the tests.
linkcheck: .venv/installed
	$(BIN)/python -m docs.site --links --out build/links

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q -c constraints.txt -e '.[dev]'
	touch $@

clean:
	rm -rf .venv build sim_build
